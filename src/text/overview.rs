//! The overview: what the workspace holds and what to do next.

super::texts! {
    /// The overview.
    Overview {
        Lead: "What this workspace holds, and what to do with it next.", "此工作区的内容，以及接下来可以做什么。";
        Customers: "Customers", "客户";
        Orders: "Orders", "订单";
        OrderLines: "Order lines", "订单行";
        Items: "Items", "商品";
        Models: "Kept models", "已存模型";
        Period: "{first} to {last}", "{first} 至 {last}";
        EmptyTitle: "Nothing here yet", "这里还没有内容";
        EmptyHint: "Bring in a file of customers or of orders. It is read in this browser and goes nowhere else.", "导入客户或订单文件。文件只在此浏览器中读取，不会传到别处。";
        EmptyAction: "Import a file", "导入文件";
        NextTitle: "What next", "下一步";
        NextSegments: "Find segments", "发现客户分群";
        NextSegmentsHint: "Groups of customers that behave alike, described in words.", "找出行为相似的客户群，并用文字描述。";
        NextRecommend: "Recommend items", "推荐商品";
        NextRecommendHint: "What each customer may want next, and because of what.", "每位客户接下来可能想要什么，以及为什么。";
        NextPredict: "Predict an outcome", "预测结果";
        NextPredictHint: "Who will leave, say yes or spend, judged on customers it has not seen.", "谁会流失、同意或消费，并用未见过的客户检验。";
        NextImport: "Bring in more data", "导入更多数据";
        NextImportHint: "Orders next to customers make every analysis better.", "客户之外再加上订单，分析会更好。";
        NeedsOrders: "Needs order lines", "需要订单行";
        NeedsCustomers: "Needs customers", "需要客户";
    }
}
