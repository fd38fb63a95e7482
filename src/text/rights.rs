//! One customer's rights: what they agreed to, restriction, a copy of everything, erasing.

super::texts! {
    /// A customer's rights.
    Rights {
        Title: "Consent and rights", "同意与权利";
        Covered: "May be sent", "可被发送";
        NotCovered: "Stays here", "留在本机";
        SinceDay: "Since {day}", "自 {day}";
        UntilDay: "until {day}", "至 {day}";
        EvidenceIs: "Evidence: {evidence}", "证据：{evidence}";
        Change: "Change…", "更改…";
        ChangeOf: "Change the basis for {purpose}", "更改 {purpose} 的依据";
        Recipients: "Who has something about this customer", "谁拥有此客户的数据";
        RecipientsNone: "Nobody but this device.", "只有本机。";
        Restricted: "Processing is restricted: nothing about this customer is sent or scored.", "处理受到限制：不会发送此客户的任何内容，也不会对其评分。";
        Restrict: "Restrict processing", "限制处理";
        Resume: "Resume processing", "恢复处理";
        RestrictDone: "Processing is restricted.", "处理已受限制。";
        ResumeDone: "Processing goes on.", "处理已恢复。";
        ExportJson: "Everything as JSON", "全部内容（JSON）";
        ExportCsv: "Fields and orders as CSV", "字段与订单（CSV）";
        Exported: "The file was saved.", "文件已保存。";
        Erase: "Erase for ever…", "永久抹除…";
        EraseTitle: "Erase this customer for ever?", "永久抹除此客户？";
        EraseLead: "Undo does not bring it back. What goes:", "此操作无法撤销。将删除：";
        EraseCustomer: "the customer with every field", "该客户及其所有字段";
        EraseLines: "{n} order line|{n} order lines", "{n} 条订单行";
        EraseScores: "{n} label or score|{n} labels and scores", "{n} 个标签与评分";
        EraseLog: "the content of {n} log entry|the content of {n} log entries", "{n} 条日志的内容";
        EraseServer: "the copies on the server and your other devices, with the next exchange", "服务器和您其他设备上的副本（在下一次交换时）";
        EraseModels: "Models that learned from this customer", "学习过此客户数据的模型";
        ModelHolds: "holds rows it learned from, so it is deleted", "包含学习所用的行，因此会被删除";
        ModelKeeps: "keeps numbers learned from {n} row|keeps numbers learned from {n} rows", "保留从 {n} 行学到的数字";
        EraseAction: "Erase for ever", "永久抹除";
        Erased: "The customer was erased.", "客户已被抹除。";
        ErasedLead: "The receipt says what went, and is complete once every copy is gone.", "回执说明删除了哪些内容，所有副本消失后即告完成。";
        ErasedReceipt: "Download the receipt", "下载回执";
        ErasedBack: "Back to all customers", "返回所有客户";
    }
}
