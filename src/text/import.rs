//! Importing files, and the list of imports.

use super::say;

super::texts! {
    /// Imports.
    Import {
        Lead: "Bring in a CSV file of customers or of order lines. It is read in this browser.", "导入客户或订单行的 CSV 文件。文件只在此浏览器中读取。";
        Steps: "Steps", "步骤";
        StepFile: "File", "文件";
        StepMapping: "Columns", "列";
        StepImport: "Import", "导入";
        StepResult: "Result", "结果";
        DropTitle: "Drop a file here", "将文件拖到这里";
        DropHint: "CSV or text with commas, semicolons, tabs or bars, in any common encoding. You may also paste rows here.", "CSV 或以逗号、分号、制表符、竖线分隔的文本，支持常见编码。也可以直接粘贴表格。";
        ChooseFile: "Choose a file", "选择文件";
        PastedName: "Pasted rows", "粘贴的数据";
        Inspecting: "Looking at the file…", "正在查看文件…";
        FoundHint: "Found from the file. Change it if the preview looks wrong.", "根据文件判断。若预览不正确，请修改。";
        RowsAre: "The rows are", "每一行是";
        RowsCustomers: "Customers", "客户";
        RowsOrderLines: "Order lines", "订单行";
        Encoding: "Encoding", "编码";
        Delimiter: "Columns end with", "列分隔符";
        DelimiterComma: "Comma", "逗号";
        DelimiterSemicolon: "Semicolon", "分号";
        DelimiterTab: "Tab", "制表符";
        DelimiterBar: "Bar", "竖线";
        HasHeader: "The first row holds names", "首行为列名";
        MappingTitle: "Where the columns go", "各列的去向";
        MappingHint: "Each guess says why. Choose another target, keep the column as a field of your own, or leave it out.", "每个判断都注明了原因。可另选目标、保留为自定义字段，或不导入。";
        Column: "Column", "列";
        Goes: "Goes to", "对应到";
        Why: "Why", "原因";
        Examples: "Examples", "示例";
        TargetOf: "Target of {column}", "{column} 的目标";
        TypeOf: "Type of {column}", "{column} 的类型";
        Skip: "Leave out", "不导入";
        Custom: "Own field", "自定义字段";
        ReasonHeader: "by its name", "根据列名";
        ReasonValues: "by its values", "根据内容";
        ReasonEmpty: "no values", "没有内容";
        ReasonYours: "your choice", "您的选择";
        ReasonNone: "not a known field", "不是已知字段";
        Preview: "Preview", "预览";
        PreviewCaption: "The first rows of the file", "文件的前几行";
        WarningEmpty: "The file is empty.", "文件是空的。";
        WarningOddRows: "Some rows at the beginning have too many or too few columns, or characters that cannot be read. They will be listed after the import.", "开头有些行的列数不符或含无法读取的字符。导入后会逐一列出。";
        WarningDeals: "The rows look like deals rather than customers. One customer is made for each row.", "这些行更像商机而不是客户。每行会生成一位客户。";
        WarningNoIdentity: "No column tells customers apart. Each row becomes a new customer.", "没有能区分客户的列。每一行都会成为新客户。";
        WarningDates: "Some dates could be read day first or month first. Check them in the preview.", "部分日期的日月顺序不明确。请在预览中核对。";
        WarningNumbers: "Some numbers could be read with a decimal comma or a decimal point. Check them in the preview.", "部分数字的小数点写法不明确。请在预览中核对。";
        TwiceError: "Two columns go to {field}. Choose another target for one of them.", "有两列都对应到“{field}”。请为其中一列另选目标。";
        NeedsCustomer: "Choose the column that says which customer ordered.", "请选择表示下单客户的列。";
        NeedsItem: "Choose the column that says which item was ordered.", "请选择表示商品的列。";
        NothingChosen: "Every column is left out. Choose where at least one goes.", "所有列都未导入。请至少选择一列的去向。";
        Begin: "Import", "开始导入";
        OtherFile: "Another file", "换一个文件";
        RunningTitle: "Importing {name}", "正在导入 {name}";
        RunningHint: "Nothing is kept unless the whole file makes it.", "只有整个文件成功后才会保存。";
        DoneTitle: "Saved", "已保存";
        DoneLead: "{name} is in the workspace, on this device.", "{name} 已存入本机的工作区。";
        RowsRead: "Rows read", "读取行数";
        Created: "Created", "新建";
        Updated: "Updated", "更新";
        Refused: "Refused", "未导入";
        IssuesTitle: "{n} thing to know about the rows|{n} things to know about the rows", "关于这些行有 {n} 条说明";
        IssuesHint: "Nothing is dropped silently. Values are not repeated here; the row number leads to them.", "不会悄悄丢弃任何内容。此处不重复原值；可凭行号查找。";
        IssuesDownload: "Download all", "全部下载";
        NoIssues: "Every row was read without a remark.", "所有行均已顺利读取。";
        Row: "Row", "行";
        FieldName: "Field", "字段";
        Reason: "Reason", "原因";
        ValueKind: "What stood there", "原内容类型";
        More: "Show more", "显示更多";
        SeeCustomers: "See the customers", "查看客户";
        ImportsTitle: "Imports", "导入记录";
        File: "File", "文件";
        Kind: "Rows", "内容";
        When: "When", "时间";
        State: "State", "状态";
        Actions: "Actions", "操作";
        StateIn: "In the workspace", "在工作区中";
        StateUndone: "Undone", "已撤销";
        ShowIssues: "{remarks}: {name}", "{remarks}：{name}";
        Remarks: "{n} remark|{n} remarks", "{n} 条说明";
        Undo: "Undo", "撤销";
        UndoName: "Undo {name}", "撤销 {name}";
        UndoTitle: "Undo this import?", "撤销此导入？";
        UndoLead: "{name} is taken back as a whole.", "将整体撤回 {name}。";
        UndoCustomers: "{n} customer is removed|{n} customers are removed", "移除 {n} 位客户";
        UndoLines: "{n} order line is removed|{n} order lines are removed", "移除 {n} 条订单行";
        UndoRestored: "{n} customer becomes what it was before|{n} customers become what they were before", "{n} 位客户恢复为之前的内容";
        UndoLater: "{n} of them was edited by hand since; that edit is lost|{n} of them were edited by hand since; those edits are lost", "其中 {n} 位之后被手动修改过，这些修改会丢失";
        UndoBlocked: "A later import builds on this one. Undo that one first.", "后续导入依赖于此导入。请先撤销那一个。";
        UndoAction: "Undo the import", "撤销导入";
        UndoneToast: "The import was undone.", "导入已撤销。";
    }
}

/// A warning of an inspection, by its code.
pub fn warning_words(code: &str) -> Option<&'static str> {
    Some(say(match code {
        "empty-file" => Import::WarningEmpty,
        "odd-rows" => Import::WarningOddRows,
        "looks-like-deals" => Import::WarningDeals,
        "no-identity" => Import::WarningNoIdentity,
        "ambiguous-dates" => Import::WarningDates,
        "ambiguous-numbers" => Import::WarningNumbers,
        _ => return None,
    }))
}

/// Why a column's target was guessed, by its code.
pub fn reason_words(code: &str) -> &'static str {
    say(match code {
        "header" => Import::ReasonHeader,
        "values" => Import::ReasonValues,
        "no-values" => Import::ReasonEmpty,
        "yours" => Import::ReasonYours,
        _ => Import::ReasonNone,
    })
}
