//! The recommend page.

super::texts! {
    /// Recommendations.
    Recommend {
        Lead: "What each customer might buy next, from what customers buy together. Judged on orders it has not seen before you use it.", "根据客户常一起购买的商品，推测每位客户接下来可能购买什么。使用之前先用未见过的订单检验。";
        HowTitle: "How it works", "工作原理";
        HowOne: "Two items are similar when the same customers buy both (cosine over customers).", "若同一批客户购买了两件商品，则两者相似（按客户计算余弦）。";
        HowTwo: "For each customer, items similar to past purchases are ranked. What was bought already is left out.", "对每位客户，按与以往购买的相似度排序，已购买的商品不再推荐。";
        HowThree: "First it is tested: it learns without each customer's last order and must find that order's new items. Always recommending the bestsellers is the rival to beat.", "先行检验：学习时去掉每位客户的最后一单，再看能否找出该单中的新商品。对手是始终推荐畅销品。";
        Run: "Build recommendations", "生成推荐";
        Shrinkage: "Caution with rare pairs", "对罕见组合的谨慎程度";
        ShrinkageHint: "Shrinkage: pulls the similarity of items with few common buyers towards zero. Higher is more careful.", "收缩：共同买家很少时把相似度拉向零。数值越大越谨慎。";
        Overlap: "Least common buyers", "最少共同买家数";
        OverlapHint: "Two items bought together by fewer customers than this count as unrelated.", "共同买家少于此数的两件商品视为无关。";
        Neighbours: "Similar items kept for each item", "每件商品保留的相似商品数";
        NeighboursHint: "Only the most similar items speak for a recommendation.", "只有最相似的商品参与推荐。";
        VerdictBetter: "Better than bestsellers: for {model} of {users} customers at least one of {n} recommendations was in their next order, against {popular} for the bestsellers.", "优于畅销品：在 {users} 位客户中，{model} 的客户下一单至少包含 {n} 个推荐之一，畅销品为 {popular}。";
        VerdictUnclear: "No clear difference from bestsellers: at least one of {n} recommendations was in the next order for {model} of {users} customers, against {popular} for the bestsellers. The intervals overlap.", "与畅销品无明显差别：在 {users} 位客户中，{model} 的客户下一单至少包含 {n} 个推荐之一，畅销品为 {popular}，区间有重叠。";
        VerdictWorse: "Worse than bestsellers: {model} of {users} customers found at least one of {n} recommendations in their next order, {popular} with the bestsellers. Recommend the bestsellers instead, or change the settings.", "不如畅销品：在 {users} 位客户中，{model} 的客户下一单至少包含 {n} 个推荐之一，畅销品为 {popular}。请改为推荐畅销品或调整设置。";
        BadgeBetter: "Beats bestsellers", "优于畅销品";
        BadgeUnclear: "No clear difference", "无明显差别";
        BadgeWorse: "Bestsellers do better", "不如畅销品";
        NoEvaluation: "No customer has two orders with something new in the last one, so the recommendations cannot be tested yet. Treat them as a guess.", "没有客户有两笔订单且末单含新商品，因此暂时无法检验推荐效果，请谨慎对待。";
        EvaluationTitle: "Found in the next order", "在下一单中命中";
        Measure: "Measure", "指标";
        HitRate: "Hit rate", "命中率";
        Recall: "Recall", "召回率";
        Ndcg: "NDCG", "NDCG";
        Coverage: "Items ever recommended", "被推荐过的商品比例";
        CoverageHint: "of all items; bestsellers reach {popular}", "占全部商品；畅销品为 {popular}";
        ThisRecommender: "This recommender", "本推荐";
        Popularity: "Bestsellers", "畅销品";
        WithInterval: "{value} ({low} to {high})", "{value}（{low} 至 {high}）";
        MeasuresHint: "Hit rate: customers with at least one hit. Recall: share of the new items found. NDCG: as recall, but early places count more. Whiskers are 95 % intervals over customers.", "命中率：至少命中一项的客户比例。召回率：找到的新商品比例。NDCG：与召回率类似，但靠前位置权重更高。须线为按客户计算的 95% 区间。";
        StatCustomers: "Customers with purchases", "有购买的客户";
        StatItems: "Items", "商品数";
        StatItemsHint: "{share} with a similar item", "{share} 有相似商品";
        StatPairs: "Customer–item pairs", "客户—商品组合";
        LookupTitle: "For one customer", "查看某位客户";
        LookupLabel: "Find a customer by name or id", "按姓名或编号查找客户";
        LookupRun: "Find", "查找";
        LookupNone: "No customer matches.", "没有匹配的客户。";
        LookupResults: "Customers found", "找到的客户";
        LookupFor: "Recommended for {name}", "为 {name} 推荐";
        LookupEmpty: "There is nothing to recommend to this customer.", "暂无可推荐给该客户的商品。";
        OpenCustomer: "Open customer", "打开客户";
        Because: "Because of {items}", "因为购买过 {items}";
        BecauseItem: "{item} ({share})", "{item}（{share}）";
        BecausePopular: "Bestseller: nothing similar to past purchases is known", "畅销品：尚无与以往购买相似的商品";
        SimilarTitle: "Items bought together", "常一起购买的商品";
        SimilarHint: "The strongest pairs. Similarity is after the caution for rare pairs, cosine before it.", "关联最强的组合。相似度为谨慎调整之后，余弦为调整之前。";
        SimilarSearch: "Filter items", "筛选商品";
        SimilarNone: "No item matches.", "没有匹配的商品。";
        Item: "Item", "商品";
        SimilarItem: "Similar item", "相似商品";
        Similarity: "Similarity", "相似度";
        Cosine: "Cosine", "余弦";
        CommonBuyers: "Common buyers", "共同买家";
        PopularTitle: "Bestsellers", "畅销品";
        Buyers: "Customers who bought it", "购买客户数";
        KeepHint: "Keeps the item similarities, so that recommendations can be looked up later without computing again.", "保留商品相似度，日后无需重新计算即可查询推荐。";
        KeepButton: "Keep", "保留";
        DefaultName: "Recommendations", "商品推荐";
    }
}
