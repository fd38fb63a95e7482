//! The names vendors and people give to columns, in English, German and Chinese.
//!
//! Headers are compared without case, blanks and punctuation, so `E-mail 1 - Value` is `email1value`. The vendors'
//! names are those of the exports of HubSpot, Salesforce (reports and Data Loader), Zoho, Pipedrive, Mailchimp, Google
//! Contacts and Outlook.

use super::TargetKind;

/// A field and its known names between blanks, the surest first.
type Aliases = (&'static str, &'static str);

const CUSTOMER: &[Aliases] = &[
    (
        "external_id",
        "externalid customerid recordid id contactid leadid clientid userid memberid customerno \
         customernumber customercode dealid kundennummer kundennr kundenid 客户编号 客户id 会员编号 会员号 编号",
    ),
    (
        "name",
        "name fullname displayname customername contactname clientname customer dealname dealtitle \
         ansprechpartner kundenname kunde 姓名 联系人 客户姓名 联系人姓名",
    ),
    ("given_name", "firstname givenname forename vorname 名 名字"),
    ("family_name", "lastname familyname surname nachname familienname 姓 姓氏"),
    (
        "email",
        "email emailaddress email1value primaryemail personemail workemail businessemail mail \
         emailadresse 邮箱 电子邮箱 电子邮件 邮件",
    ),
    (
        "phone",
        "phone phonenumber phone1value personphone businessphone workphone telephone telephonenumber \
         mobile mobilephone mobilephonenumber cellphone contactphonenumber homephone tel telefon \
         telefonnummer mobil handy 手机 手机号 手机号码 联系电话 电话 电话号码",
    ),
    (
        "company",
        "company companyname companyaccount associatedcompany organization organisation \
         organizationname organization1name dealorganization accountname account firma firmenname \
         unternehmen 公司 公司名称 客户名称 企业名称 单位",
    ),
    (
        "street",
        "street streetaddress mailingstreet billingstreet businessstreet address address1 \
         addressline1 postaladdress straße strasse adresse anschrift 地址 联系地址 详细地址",
    ),
    ("city", "city town mailingcity billingcity businesscity ort stadt wohnort 城市 市"),
    (
        "region",
        "region state province stateregion stateprovince mailingstate billingstate businessstate \
         bundesland kanton 省 省份",
    ),
    (
        "postcode",
        "postcode postalcode zip zipcode mailingpostalcode billingpostalcode businesspostalcode plz \
         postleitzahl 邮编 邮政编码",
    ),
    (
        "country",
        "country countryregion mailingcountry billingcountry businesscountryregion land 国家 国家地区",
    ),
    ("birthday", "birthday birthdate dateofbirth dob geburtstag geburtsdatum 生日 出生日期"),
    (
        "created_at",
        "createdat createddate createdate createdtime created datecreated dealdealcreated dealcreated \
         optintime signupdate joindate registrationdate erstelltam angelegtam 创建时间 创建日期 注册时间",
    ),
    ("notes", "notes note comments bemerkung bemerkungen notizen 备注"),
];

const ORDER_LINE: &[Aliases] = &[
    (
        "order_no",
        "orderno invoiceno orderid invoiceid ordernumber invoicenumber order invoice transactionid \
         receiptno receiptid bestellnummer rechnungsnummer belegnummer auftragsnummer 订单号 订单编号 单号 发票号",
    ),
    (
        "customer",
        "customerid customer customerno customernumber customercode customeremail clientid userid \
         memberid buyer buyerid buyeremail email kundennummer kundennr kunde 客户编号 客户id 客户 会员编号 会员号 买家 \
         用户id",
    ),
    (
        "item_code",
        "itemcode stockcode sku productid productcode itemid itemno articleno pizzaid artikelnummer \
         artikelnr 商品编号 商品编码 货号 产品编号",
    ),
    (
        "item_name",
        "itemname description item product productname itemdescription article name title artikel \
         bezeichnung artikelbezeichnung produkt 商品名称 商品 产品 产品名称 品名",
    ),
    ("quantity", "quantity qty units itemquantity menge anzahl stückzahl 数量"),
    ("unit_price", "unitprice price itemprice priceeach einzelpreis stückpreis preis 单价 价格"),
    (
        "at",
        "at invoicedate orderdate orderedat purchasedate transactiondate datetime timestamp date \
         bestelldatum rechnungsdatum belegdatum datum 下单时间 订单时间 订单日期 购买时间 日期",
    ),
    ("country", "country countryregion shippingcountry billingcountry land 国家 国家地区"),
];

/// Keys for columns that are custom fields in every vendor's export, so that files of several vendors share them.
const CUSTOM: &[Aliases] = &[
    ("owner", "owner contactowner leadowner dealowner accountowner 负责人"),
    ("stage", "stage lifecyclestage dealstage dealstatus 阶段"),
    ("amount", "amount dealvalue value annualrevenue umsatzeur umsatz betrag 成交金额 金额"),
    ("currency", "currency dealcurrencyofvalue währung 币种"),
    ("source", "source leadsource quelle 来源"),
    ("tags", "tags tag labels 标签"),
    ("closed_at", "closedate closeddate dealwontime"),
    ("last_purchase", "lastpurchase letzterkauf 最近购买"),
    ("wechat", "wechat 微信 微信号"),
];

/// A header without case, blanks and punctuation.
pub(super) fn normalized(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A field a header names, and how sure: 1 for the surest name, a little less for each further one.
pub(super) fn fields_of_header(
    target: TargetKind,
    header: &str,
) -> impl Iterator<Item = (&'static str, f64)> {
    let table = match target {
        TargetKind::Customers => CUSTOMER,
        TargetKind::OrderLines => ORDER_LINE,
    };
    let wanted = normalized(header);
    table.iter().filter_map(move |(field, names)| {
        let rank = names.split(' ').position(|name| name == wanted)?;
        Some((*field, 1.0 - 0.01 * rank as f64))
    })
}

/// True when the header is a known name of any field.
pub(crate) fn is_known_header(header: &str) -> bool {
    let wanted = normalized(header);
    let mut tables = [CUSTOMER, ORDER_LINE, CUSTOM].into_iter().flatten();
    tables.any(|(_, names)| names.split(' ').any(|name| name == wanted))
}

/// Longest custom key, in characters, which leaves room for a number that makes it unique.
const MAX_KEY_CHARACTERS: usize = 56;

/// The key of the custom field a column becomes: a shared key where the header is known (`Lead Owner` is `owner`),
/// otherwise the header in lower case with `_` between words, cut to 56 characters. It starts with a letter: `field` or
/// `field_` is put before a header that does not.
pub fn custom_key(header: &str) -> String {
    let wanted = normalized(header);
    if let Some((key, _)) = CUSTOM.iter().find(|(_, names)| names.split(' ').any(|name| name == wanted)) {
        return (*key).to_owned();
    }
    let lower = header.to_lowercase();
    let words: Vec<_> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let starts_well = words.first().and_then(|word| word.chars().next()).is_some_and(char::is_alphabetic);
    let key = if starts_well { words.join("_") } else { [&["field"], words.as_slice()].concat().join("_") };
    let short: String = key.chars().take(MAX_KEY_CHARACTERS).collect();
    short.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_is_normalized_and_belongs_to_one_field() {
        for table in [CUSTOMER, ORDER_LINE, CUSTOM] {
            let mut seen = std::collections::BTreeSet::new();
            for alias in table.iter().flat_map(|(_, names)| names.split(' ')) {
                assert_eq!(alias, normalized(alias));
                assert!(seen.insert(alias), "{alias} names two fields");
            }
        }
    }

    #[test]
    fn custom_keys_are_words() {
        assert_eq!(custom_key("Lead Owner"), "owner");
        assert_eq!(custom_key("emp.var.rate"), "emp_var_rate");
        assert_eq!(custom_key("客户等级"), "客户等级");
        assert_eq!(custom_key(" ?! "), "field");
        assert_eq!(custom_key("2nd phone"), "field_2nd_phone");
        assert_eq!(custom_key(&"long ".repeat(40)).chars().count(), 56);
    }
}
