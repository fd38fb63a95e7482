//! What stands around every chart.

super::texts! {
    /// Charts.
    Charts {
        ShowData: "Show data", "显示数据";
        HideData: "Hide data", "隐藏数据";
        NotDrawn: "The chart could not be drawn. Its numbers are in the table.", "无法绘制图表。数据见下表。";
        SaveAs: "Save {title} as {kind}", "将“{title}”另存为 {kind}";
        DataOf: "Data of {title}", "“{title}”的数据";
        DataFirstRows: "The first {n} rows are shown; the CSV file holds them all.", "显示前 {n} 行；CSV 文件包含全部。";
    }
}
