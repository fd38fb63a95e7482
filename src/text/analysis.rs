//! What the analysis pages share: columns, effects, running, keeping.

use std::collections::BTreeMap;

use super::fields::key_words;
use super::say;
use super::shell::Shell;

super::texts! {
    /// Words of every analysis page.
    Analysis {
        RecencyDays: "Days since last order", "距上次下单天数";
        Frequency: "Number of orders", "订单次数";
        Monetary: "Money spent", "消费金额";
        TenureDays: "Days since first order", "距首次下单天数";
        Items: "Items bought", "购买件数";
        AverageOrder: "Average order value", "平均订单金额";
        Outcome: "What came after", "之后的行为";
        LevelOf: "{column}: {level}", "{column}：{level}";
        MissingOf: "{column} is missing", "{column} 缺失";
        Intercept: "Starting value", "截距";
        EffectLarge: "large", "大";
        EffectMedium: "medium", "中";
        EffectSmall: "small", "小";
        EffectTiny: "hardly any", "几乎没有";
        Running: "Another analysis is running. It can be stopped on its own page.", "另一项分析正在运行。可在其页面停止。";
        RowsUsed: "Rows used", "使用的行数";
        RowsUsedHint: "of {n} read", "共读取 {n} 行";
        Notes: "What to know about this result", "关于此结果的说明";
        Provenance: "Recipe and provenance", "配方与来源";
        ProvenanceHint: "The recipe below, run on data with this fingerprint, gives this result again, here and on the command line.", "对具有此指纹的数据运行以下配方，可在此处或命令行中再次得到相同结果。";
        DataHash: "Data fingerprint", "数据指纹";
        EngineVersion: "Engine version", "引擎版本";
        SeedLabel: "Seed of random draws", "随机种子";
        SeedHint: "The same data, settings and seed give the same result.", "相同的数据、设置和种子得到相同结果。";
        Advanced: "More settings", "更多设置";
        Stale: "The data changed after this was computed. Run it again to include the changes.", "计算之后数据已更改。请重新运行以包含更改。";
        StartOver: "Change settings", "更改设置";
        RunAgain: "Run again", "重新运行";
        KeepTitle: "Keep this result", "保留此结果";
        KeepName: "Name", "名称";
        KeepNameNeeded: "Give it a name first.", "请先命名。";
        Kept: "Kept as “{name}”. {n} customer carries it now.|Kept as “{name}”. {n} customers carry it now.", "已保留为“{name}”。已写入 {n} 位客户。";
        KeptPlain: "Kept as “{name}”.", "已保留为“{name}”。";
        SeeModels: "See all models", "查看所有模型";
        SeeCustomers: "See customers", "查看客户";
        ExportCsv: "Export CSV", "导出 CSV";
        ExportedRows: "{n} row exported.|{n} rows exported.", "已导出 {n} 行。";
        NoDataTitle: "Nothing to analyse yet", "尚无可分析的数据";
        NoDataHint: "Import a file of customers or orders, or fill the workspace with sample data.", "请导入客户或订单文件，或用示例数据填充工作区。";
        NoOrdersTitle: "This needs orders", "此功能需要订单";
        NoOrdersHint: "There are customers, but no order lines. Import a file with one bought item a row.", "已有客户，但没有订单明细。请导入每行一件商品的文件。";
        ImportNow: "Import data", "导入数据";
        SelectAll: "Choose all", "全选";
        SelectNone: "Choose none", "全不选";
        ColumnsChosen: "{n} column chosen|{n} columns chosen", "已选 {n} 列";
        Filled: "{share} filled", "{share} 有值";
    }
}

/// What a column of a recipe or a report is called: fields by `labels`, what the engine makes out of them by their parts.
///
/// The engine names made columns `field=level` and `field_missing`.
pub fn column_words(column: &str, labels: &BTreeMap<String, String>) -> String {
    if let Some(label) = labels.get(column) {
        return label.clone();
    }
    if let Some((field, level)) = column.split_once('=') {
        let values = [("column", column_words(field, labels)), ("level", level_words(level))];
        return super::fill(Analysis::LevelOf, &values);
    }
    if let Some(field) = column.strip_suffix("_missing").filter(|field| labels.contains_key(*field)) {
        return super::fill(Analysis::MissingOf, &[("column", column_words(field, labels))]);
    }
    match column {
        "recency_days" => say(Analysis::RecencyDays).to_owned(),
        "frequency" => say(Analysis::Frequency).to_owned(),
        "monetary" => say(Analysis::Monetary).to_owned(),
        "tenure_days" => say(Analysis::TenureDays).to_owned(),
        "items" => say(Analysis::Items).to_owned(),
        "average_order_value" => say(Analysis::AverageOrder).to_owned(),
        "outcome" => say(Analysis::Outcome).to_owned(),
        "(intercept)" => say(Analysis::Intercept).to_owned(),
        other => key_words(other),
    }
}

/// What a level of a category is called: the engine's own `yes` and `no` in today's language, others as the file had them.
pub fn level_words(level: &str) -> String {
    match level {
        "yes" => say(Shell::Yes).to_owned(),
        "no" => say(Shell::No).to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_columns_are_named_by_their_parts() {
        let labels = BTreeMap::from([("plan".to_owned(), "Plan".to_owned())]);
        for (column, expected) in [
            ("plan", "Plan"),
            ("plan=two years", "Plan: two years"),
            ("plan_missing", "Plan is missing"),
            ("monetary", "Money spent"),
            ("(intercept)", "Starting value"),
            ("something_missing", "something_missing"),
        ] {
            assert_eq!(column_words(column, &labels), expected);
        }
    }
}
