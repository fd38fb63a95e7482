//! The customers' grid and one customer's page.

use super::say;
use crate::model::filter_builder::Operator;
use stillroom_records::Comparison;

super::texts! {
    /// Customers.
    Customers {
        Lead: "Everyone in this workspace. Open a row for the whole customer.", "此工作区中的所有客户。打开一行可查看客户详情。";
        Search: "Search customers", "搜索客户";
        SearchHint: "Name, e-mail, id…", "姓名、邮箱、编号…";
        Filter: "Filter", "筛选";
        FilterOn: "Filter is on", "筛选已启用";
        Columns: "Columns", "列";
        ColumnsTitle: "Columns to show", "显示的列";
        ColumnsReset: "Back to the usual", "恢复默认";
        Export: "Export CSV", "导出 CSV";
        CountAll: "{n} customer|{n} customers", "{n} 位客户";
        CountSome: "{n} of {total} customers|{n} of {total} customers", "共 {total} 位客户，显示 {n} 位";
        GridLabel: "Customers", "客户列表";
        FilterText: "Filter", "筛选条件";
        FilterApply: "Apply", "应用";
        FilterClear: "Clear", "清除";
        FilterHelp: "How to write a filter", "如何书写筛选条件";
        FilterHelpLead: "Compare fields with =, ≠, <, ≤, >, ≥ (or !=, <=, >=). Join conditions with and, or, not and parentheses.", "用 =、≠、<、≤、>、≥（或 !=、<=、>=）比较字段，用 and、or、not 和括号组合条件。";
        FilterExampleSpend: "French customers who spent at least 100", "消费至少 100 的法国客户";
        FilterExampleText: "Names that contain “Li”, e-mail known", "姓名包含“Li”且有邮箱";
        FilterExampleDate: "No order since June 2011", "2011 年 6 月以来没有下单";
        FilterExampleIn: "Customers of three countries", "三个国家的客户";
        FilterFields: "Names of fields", "字段名";
        BuildTitle: "Add a condition", "添加条件";
        BuildField: "Field", "字段";
        BuildOperator: "How", "比较方式";
        BuildValue: "Value", "值";
        BuildAdd: "Add", "添加";
        BuildBad: "This value does not fit the field.", "该值与字段类型不符。";
        OpContains: "contains", "包含";
        OpStarts: "starts with", "开头是";
        OpEq: "is", "等于";
        OpNe: "is not", "不等于";
        OpLt: "less than", "小于";
        OpLe: "at most", "不大于";
        OpGt: "more than", "大于";
        OpGe: "at least", "不小于";
        OpKnown: "is known", "已填写";
        OpMissing: "is missing", "未填写";
        NothingFound: "Nobody fits", "没有符合的客户";
        NothingFoundHint: "Widen the filter or the search.", "请放宽筛选或搜索条件。";
        EmptyTitle: "No customers yet", "还没有客户";
        EmptyHint: "Import a file of customers or of orders first.", "请先导入客户或订单文件。";
        Back: "All customers", "所有客户";
        Untitled: "Customer {id}", "客户 {id}";
        FieldsTitle: "Fields", "字段";
        Edit: "Edit {field}", "编辑 {field}";
        EditFailed: "This value does not fit the field's type.", "该值与字段类型不符。";
        Saved: "Saved", "已保存";
        ShowEmpty: "Show empty fields", "显示空字段";
        OrdersTitle: "Orders", "订单";
        OrdersCount: "Orders", "订单数";
        LinesCount: "Order lines", "订单行";
        Spend: "Net spend", "净消费";
        OrderNumber: "Order", "订单号";
        OrderDate: "Date", "日期";
        Item: "Item", "商品";
        Quantity: "Quantity", "数量";
        UnitPrice: "Unit price", "单价";
        LineTotal: "Total", "金额";
        NoOrders: "No order lines for this customer.", "此客户没有订单行。";
        ScoresTitle: "Segments and scores", "分群与评分";
        NoScores: "No model has written anything here yet.", "还没有模型写入结果。";
        HistoryTitle: "History", "历史";
        HistoryWhen: "When", "时间";
        HistoryWhat: "What", "操作";
        HistoryField: "Field", "字段";
        HistoryBefore: "Before", "之前";
        HistoryAfter: "After", "之后";
        ChangeCreated: "created by an import", "由导入创建";
        ChangeUpdated: "updated by an import", "由导入更新";
        ChangeReceived: "came from another device", "来自另一台设备";
        ChangeSynced: "changed on another device", "在另一台设备上更改";
        ChangeEdited: "edited by hand", "手动编辑";
        ChangeScored: "scored by a model", "由模型评分";
        ChangeUndone: "import undone", "导入已撤销";
        ChangeRestored: "restored", "已恢复";
        ChangeRestriction: "processing restricted or resumed", "限制或恢复处理";
        ChangeOther: "changed", "已更改";
    }
}

/// An operator in words.
pub fn operator_words(operator: Operator) -> &'static str {
    say(match operator {
        Operator::Contains => Customers::OpContains,
        Operator::StartsWith => Customers::OpStarts,
        Operator::Is(Comparison::Equal) => Customers::OpEq,
        Operator::Is(Comparison::NotEqual) => Customers::OpNe,
        Operator::Is(Comparison::Less) => Customers::OpLt,
        Operator::Is(Comparison::LessOrEqual) => Customers::OpLe,
        Operator::Is(Comparison::Greater) => Customers::OpGt,
        Operator::Is(Comparison::GreaterOrEqual) => Customers::OpGe,
        Operator::Known => Customers::OpKnown,
        Operator::Missing => Customers::OpMissing,
    })
}

/// What kind of change an entry of the history is, by its code.
pub fn change_words(kind: &str) -> &'static str {
    say(match kind {
        "customers_created" => Customers::ChangeCreated,
        "customers_updated" => Customers::ChangeUpdated,
        "customers_received" => Customers::ChangeReceived,
        "customers_synced" => Customers::ChangeSynced,
        "customer_edited" => Customers::ChangeEdited,
        "scores_written" | "score_renamed" | "scores_removed" => Customers::ChangeScored,
        "import_undone" => Customers::ChangeUndone,
        "restored" => Customers::ChangeRestored,
        "customer_restricted" => Customers::ChangeRestriction,
        _ => Customers::ChangeOther,
    })
}
