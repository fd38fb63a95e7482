//! Words for the standard fields, the field groups and the types of values.

use stillroom_engine::protocol::FieldInfo;

use super::say;

super::texts! {
    /// Standard fields of customers and of order lines, groups and types.
    Field {
        ExternalId: "Customer id", "客户编号";
        Name: "Name", "姓名";
        GivenName: "Given name", "名";
        FamilyName: "Family name", "姓";
        Birthday: "Birthday", "生日";
        Company: "Company", "公司";
        Email: "E-mail", "电子邮箱";
        Phone: "Phone", "电话";
        Street: "Street", "街道";
        City: "City", "城市";
        Region: "Region", "省/州";
        Postcode: "Postcode", "邮编";
        Country: "Country", "国家";
        CreatedAt: "Customer since", "成为客户时间";
        Notes: "Notes", "备注";
        Orders: "Orders", "订单数";
        Spent: "Spent", "消费额";
        FirstOrderAt: "First order", "首次下单";
        LastOrderAt: "Last order", "最近下单";
        LineCustomer: "Customer id", "客户编号";
        LineOrder: "Order number", "订单号";
        LineTime: "Date and time", "日期和时间";
        LineItemCode: "Item code", "商品编码";
        LineItemName: "Item name", "商品名称";
        LineQuantity: "Quantity", "数量";
        LinePrice: "Unit price", "单价";
        GroupIdentity: "Identity", "身份";
        GroupContact: "Contact", "联系方式";
        GroupCommercial: "Commercial", "商务";
        GroupBehaviour: "Behaviour", "行为";
        GroupNotes: "Notes", "备注";
        GroupScores: "Labels and scores", "标签与评分";
        TypeNumber: "Number", "数字";
        TypeText: "Text", "文本";
        TypeCategory: "Category", "类别";
        TypeTime: "Date", "日期";
        TypeBoolean: "Yes or no", "是/否";
    }
}

/// The name of a field: a standard field's in today's language, a custom field's as the file had it.
pub fn field_words(field: &FieldInfo) -> String {
    match super::codes::find(STANDARD, &field.key) {
        Some(name) if field.origin != "custom" => say(name).to_owned(),
        _ if field.label.is_empty() => field.key.clone(),
        _ => field.label.clone(),
    }
}

/// The name of a standard field by its key, the key itself for any other.
pub fn key_words(key: &str) -> String {
    super::codes::find(STANDARD, key).map_or_else(|| key.to_owned(), |name| say(name).to_owned())
}

/// The name of a field group.
pub fn group_words(group: &str) -> &'static str {
    say(match group {
        "identity" => Field::GroupIdentity,
        "contact" => Field::GroupContact,
        "commercial" => Field::GroupCommercial,
        "notes" => Field::GroupNotes,
        "scores" => Field::GroupScores,
        _ => Field::GroupBehaviour,
    })
}

/// The name of a type of values.
pub fn type_words(value_type: &str) -> &'static str {
    say(match value_type {
        "number" => Field::TypeNumber,
        "category" => Field::TypeCategory,
        "time" | "date" => Field::TypeTime,
        "boolean" => Field::TypeBoolean,
        _ => Field::TypeText,
    })
}

const STANDARD: &[(&str, Field)] = &[
    ("external-id", Field::ExternalId),
    ("name", Field::Name),
    ("given-name", Field::GivenName),
    ("family-name", Field::FamilyName),
    ("birthday", Field::Birthday),
    ("company", Field::Company),
    ("email", Field::Email),
    ("phone", Field::Phone),
    ("street", Field::Street),
    ("city", Field::City),
    ("region", Field::Region),
    ("postcode", Field::Postcode),
    ("country", Field::Country),
    ("created-at", Field::CreatedAt),
    ("notes", Field::Notes),
    ("orders", Field::Orders),
    ("spent", Field::Spent),
    ("first-order-at", Field::FirstOrderAt),
    ("last-order-at", Field::LastOrderAt),
    ("customer", Field::LineCustomer),
    ("order-number", Field::LineOrder),
    ("at", Field::LineTime),
    ("item-code", Field::LineItemCode),
    ("item-name", Field::LineItemName),
    ("quantity", Field::LineQuantity),
    ("unit-price", Field::LinePrice),
];
