//! What a prediction goes by: for all customers, for one, for groups, and as a card to keep.

super::texts! {
    /// Explanations, fairness, the leaderboard and the model card.
    Explain {
        ImportanceTitle: "What the prediction depends on", "预测依赖于什么";
        ImportanceSummary: "How much worse unseen predictions become when a column is shuffled. “{first}” matters most. Of columns that say the same, each seems to matter little.", "打乱某列后，对未见客户的预测会变差多少。“{first}”最重要。信息相同的几列会各自显得不重要。";
        ImportanceAxis: "Growth of the loss when shuffled", "打乱后损失的增加";
        Deviation: "Standard deviation", "标准差";
        EffectTitle: "Along “{column}”", "随“{column}”变化";
        EffectSummary: "The mean prediction when only “{column}” is changed: from {from} to {to}. Each thin line is one customer; lines that cross mean the effect differs between customers.", "只改变“{column}”时的平均预测：{from} 至 {to}。每条细线是一位客户；细线交叉说明影响因人而异。";
        MeanPrediction: "Mean prediction", "平均预测";
        ContributionTitle: "How columns push single predictions", "各列如何推动单个预测";
        ContributionSummary: "Each dot is one unseen customer: right of zero the column raised the prediction, left of it lowered it. Base and contributions add up to the prediction ({scale}).", "每个点是一位未见过的客户：零点右侧表示该列抬高预测，左侧表示降低。基准值与各贡献相加即为预测（{scale}）。";
        Contribution: "Contribution", "贡献";
        MeanSize: "Mean size", "平均大小";
        ValueLow: "low value", "值较低";
        ValueMiddle: "middle value", "值居中";
        ValueHigh: "high value", "值较高";
        ValueOther: "category or missing", "类别或缺失";
        ScaleLogOdds: "log-odds", "对数几率";
        ScaleProbability: "probability", "概率";
        ScaleLink: "link scale", "连接尺度";
        ScaleTarget: "units of the target", "目标的单位";
        LearningTitle: "Would more customers help?", "更多客户会有帮助吗？";
        LearningSummary: "The score on unseen rows goes from {first} to {last} as rows are added. A curve that still rises asks for more data; a gap that stays asks for fewer columns or a simpler method.", "随着行数增加，未见数据上的得分从 {first} 到 {last}。曲线仍在上升说明需要更多数据；差距不变说明应减少列或用更简单的方法。";
        OnTrain: "On rows learned from", "学习数据";
        OnTest: "On unseen rows", "未见数据";
        Score: "Score", "得分";
        RowsLearned: "Rows learned from", "学习的行数";
        FactsTitle: "About this model", "关于此模型";
        NotAsked: "Nothing of this was asked for. Change the settings to have it told.", "未要求提供这些内容。可在设置中开启。";

        OneTitle: "Why this prediction for one customer?", "为何对某位客户如此预测？";
        OneHint: "Find a customer, see what speaks for and against, and what would change the prediction.", "查找客户，了解支持与反对的因素，以及如何改变预测。";
        OneFor: "Prediction for {name}", "{name} 的预测";
        OneClass: "The model gives {name} a probability of {value} for “{label}”; a customer of whom nothing is known gets {base}.", "模型给 {name} 的“{label}”概率为 {value}；一无所知的客户为 {base}。";
        OneNumber: "The model expects {value} for {name}; a customer of whom nothing is known gets {base}.", "模型对 {name} 的预测为 {value}；一无所知的客户为 {base}。";
        SpeaksFor: "Mostly because of {columns}.", "主要因为 {columns}。";
        SpeaksAgainst: "Against it: {columns}.", "相反的因素：{columns}。";
        IsValue: "{column} is {value}", "{column}为 {value}";
        IsLower: "{column} is {value}, below the usual {typical}", "{column}为 {value}，低于通常的 {typical}";
        IsHigher: "{column} is {value}, above the usual {typical}", "{column}为 {value}，高于通常的 {typical}";
        IsMissing: "{column} is not known", "{column}未知";
        Base: "A customer of whom nothing is known", "一无所知的客户";
        Others: "{n} other column|{n} other columns", "其他 {n} 列";
        Output: "This customer", "此客户";
        ViewLabel: "Measured in", "度量方式";
        ViewNote: "In probabilities a step's size depends on the order of the steps; the log-odds add up in any order.", "以概率度量时，每步的大小取决于顺序；对数几率则与顺序无关。";
        ExactNote: "Exact contributions (Shapley values).", "精确的贡献值（Shapley 值）。";
        SampledNote: "Contributions estimated from samples (kernel SHAP).", "由抽样估计的贡献值（kernel SHAP）。";
        SurrogateTitle: "A straight line near this customer", "该客户附近的线性近似";
        SurrogateGood: "Near this customer a straight line follows the model well (R² {r}). One typical step of each column changes the prediction by:", "在该客户附近，线性近似与模型相符（R² {r}）。各列变动一个典型步长时，预测的变化为：";
        SurrogatePoor: "Near this customer a straight line follows the model badly (R² {r}). Do not rely on these slopes.", "在该客户附近，线性近似与模型不符（R² {r}），请勿依赖这些斜率。";
        Slope: "Change for one typical step", "典型步长的变化";
        WishTitle: "What would change it?", "怎样才会改变？";
        WishHint: "Choose what can really be acted on and which way it may go. What the model says is no promise: changing a column need not change the customer.", "请选择确实可以改变的列及方向。模型的回答并非承诺：改变某列未必改变客户。";
        WishGoalPercent: "Wished-for probability, in %", "期望的概率（%）";
        WishGoal: "Wished-for value", "期望的值";
        WishDirection: "The prediction should become", "希望预测值";
        AtLeast: "at least this", "至少达到";
        AtMost: "at most this", "至多达到";
        WishColumn: "{column}: may it change?", "{column}：可以改变吗？";
        Stays: "stays as it is", "保持不变";
        MayAny: "may change", "可以改变";
        MayUp: "only upwards", "只能增加";
        MayDown: "only downwards", "只能减少";
        WishRun: "Look for changes", "查找可行的改变";
        WishNeeded: "Choose at least one column that may change.", "请至少选择一列可以改变的列。";
        WishNone: "No allowed change reaches this. Allow more columns or wish for less.", "在允许的范围内无法达到。请允许更多列或降低期望。";
        WishFound: "{changes}: the prediction becomes {value}.", "{changes}：预测变为 {value}。";
        ChangeTo: "{column} {value} instead of {before}", "{column}由 {before} 变为 {value}";

        FairTitle: "Groups of “{column}”", "“{column}”的各组";
        FairHint: "Compared on unseen customers, saying yes from {threshold} on.", "在未见客户上比较，从 {threshold} 起判为是。";
        FairSummary: "How often the model says yes in each group, how many of the real yes it finds, and how many no it takes for yes.", "各组中模型判为“是”的比例、找出的真实“是”的比例，以及把“否”误判为“是”的比例。";
        Group: "Group", "组";
        BaseRate: "Really yes", "实际为是";
        Selected: "Called yes", "判为是";
        TruePositive: "Found among yes", "“是”中被找出";
        FalsePositive: "False alarms among no", "“否”中误报";
        Precision: "Right among called", "判为是中正确";
        TooSmall: "Too few customers to judge: {groups}.", "客户太少，无法判断：{groups}。";
        Measure: "Measure", "指标";
        Value: "Value", "值";
        Parity: "Largest difference in being called yes (demographic parity)", "判为是的最大差距（人口均等）";
        ParityRatio: "Lowest rate of being called yes over the highest; below 0.8 is often questioned", "判为是的最低与最高比率之比；低于 0.8 常受质疑";
        Opportunity: "Largest difference among real yes (equal opportunity)", "真实“是”中的最大差距（机会均等）";
        Odds: "Largest difference among real yes or real no (equalised odds)", "真实“是”或“否”中的最大差距（均等几率）";
        FairLimit: "Which difference matters is a question of law and purpose, not of statistics. The measures cannot all be equal at once when groups really differ, and groups that no column names are not seen.", "哪种差距重要是法律与用途的问题，而非统计问题。当各组确有差异时，这些指标不可能同时相等；没有列标明的群体也无从比较。";

        BoardTitle: "What was tried", "尝试过的方法";
        BoardSummary: "{n} candidate was compared by {metric} on held-out folds.|{n} candidates were compared by {metric} on held-out folds.", "共比较 {n} 个候选，依据留出数据上的 {metric}。";
        BoardOutOfTime: "The time was over before the list was. More time may find better.", "时间已到，候选尚未试完。更多时间可能找到更好的。";
        Rank: "Rank", "名次";
        MethodName: "Method", "方法";
        Settings: "Settings", "设置";
        Defaults: "as they come", "默认";
        Failure: "Could not be learned", "无法学习";

        CardTitle: "Model card", "模型卡";
        CardHint: "What anyone should know before relying on this model.", "使用此模型之前应了解的内容。";
        CardDownload: "Download as text", "下载为文本";
        CardWhat: "Predicts", "预测";
        CardMethod: "Method", "方法";
        CardRows: "Learned from", "学习自";
        CardRowsOf: "{n} customer|{n} customers", "{n} 位客户";
        CardWindow: "Time window", "时间窗口";
        CardSplit: "Judged", "检验";
        CardColumns: "Columns", "列";
        CardScore: "Quality on unseen customers", "未见客户上的效果";
        CardCalibrated: "Probabilities corrected", "概率校正";
        CardLimits: "Limits", "局限";
        CardLimitWords: "Goes by what went together in these data, not by causes. Judge it again when prices, products or customers change. Not for decisions about single people without a person looking.", "依据数据中的相关性，而非因果。价格、产品或客户变化后请重新检验。未经人工审查，不得用于对个人的决定。";
        CardSeed: "Seed", "随机种子";
        CardHash: "Data fingerprint", "数据指纹";
        CardVersion: "Engine version", "引擎版本";
        CardClasses: "Classes", "类别";

        FoundNearPerfect: "“{column}” nearly gives the answer away ({value}). It is probably recorded with the outcome or after it: leave it out.", "“{column}”几乎透露了答案（{value}）。它可能与结果同时或之后记录，请去掉它。";
        FoundCopy: "“{column}” is a copy of the target ({value}). Leave it out.", "“{column}”是目标的副本（{value}），请去掉它。";
        FoundLate: "“{column}” holds dates after the cut-off ({value} of the rows): it knows the future.", "“{column}”含截止日之后的日期（{value} 的行），泄露了未来信息。";
        FoundId: "“{column}” differs for nearly every customer ({value}), as ids do. Nothing general can be learned from it.", "“{column}”对几乎每位客户都不同（{value}），类似编号，学不到规律。";
        FoundDuplicates: "The same customers stand on both sides of the cut ({value} of the judged rows), which flatters the result. {column}", "相同的客户同时出现在学习和检验部分（占检验行的 {value}），使结果偏好。{column}";
        FoundOther: "{code}: {column} ({value})", "{code}：{column}（{value}）";
        FoundTitle: "Look at this before you trust the result", "在相信结果之前请先查看";
    }
}
