//! Names of methods and of the numbers they report, with the engine's own words where we have none.

use super::say;

super::texts! {
    /// Methods and their facts.
    Method {
        Kmeans: "Segments (k-means)", "分群（k-means）";
        MiniBatch: "Mini-batch k-means, for very many rows", "小批量 k-means（适合大量数据）";
        Gmm: "Gaussian mixture, overlapping groups", "高斯混合（可重叠）";
        Hierarchical: "Hierarchical, groups within groups", "层次聚类（群中有群）";
        Dbscan: "Density (DBSCAN), leaves outliers aside", "密度聚类（DBSCAN，排除离群点）";
        KnnItem: "Recommendations (item k-NN)", "推荐（物品 k 近邻）";
        Automl: "Find the best method (automl)", "自动寻找最佳方法（automl）";
        Ols: "Linear regression", "线性回归";
        Ridge: "Ridge regression", "岭回归";
        Lasso: "Lasso: few columns", "Lasso（少数列）";
        ElasticNet: "Elastic net", "弹性网络";
        Glm: "Generalized linear model: counts and amounts", "广义线性模型（计数与金额）";
        Logistic: "Logistic regression", "逻辑回归";
        Lda: "Linear discriminant", "线性判别";
        NaiveBayes: "Naive Bayes", "朴素贝叶斯";
        Svm: "Support vector machine", "支持向量机";
        Tree: "Decision tree", "决策树";
        Forest: "Random forest", "随机森林";
        Boosting: "Gradient boosting", "梯度提升";
        Knn: "Nearest neighbours", "最近邻";
        Mlp: "Neural network", "神经网络";
        Dummy: "Baseline that knows no column", "不看任何列的基准";
        RSquared: "R² on rows learned from", "学习数据上的 R²";
        AdjustedRSquared: "Adjusted R²", "调整后的 R²";
        ResidualError: "Residual standard error", "残差标准误";
        Condition: "Condition number (above 30: columns nearly depend on one another)", "条件数（超过 30 表示各列近似相关）";
        LogLikelihood: "Log-likelihood", "对数似然";
        Iterations: "Rounds until it settled", "迭代次数";
        Converged: "Settled (1 yes, 0 no)", "已收敛（1 是，0 否）";
        Penalty: "Penalty", "惩罚强度";
        Trees: "Trees", "树的数量";
        Leaves: "Leaves", "叶节点数";
        Depth: "Depth", "深度";
        OutOfBag: "Out-of-bag score: rows each tree had not seen", "袋外得分（各树未见过的行）";
        SupportVectors: "Support vectors", "支持向量数";
        Dispersion: "Dispersion", "离散参数";
        Deviance: "Deviance", "偏差";
        DegreesOfFreedom: "Degrees of freedom", "自由度";
        PseudoRSquared: "Pseudo-R² (McFadden)", "伪 R²（McFadden）";
        FStatistic: "F statistic", "F 统计量";
        FPValue: "p-value of F: chance of such an F if no column mattered", "F 的 p 值（所有列都无关时出现该 F 的概率）";
        NUsed: "Columns kept", "保留的列数";
        Members: "Models averaged", "平均的模型数";
        Inertia: "Spread within segments", "簇内平方和";
        Eps: "Neighbourhood radius", "邻域半径";
    }
}

/// What a method is called; the registry's name when we have no words for it.
pub fn method_words(method: &str) -> String {
    known_or_spaced(METHODS, method)
}

/// The words of a table, else the name itself with spaces.
fn known_or_spaced(table: &[(&str, Method)], name: &str) -> String {
    super::codes::find(table, name).map_or_else(|| name.replace('_', " "), |known| say(known).to_owned())
}

const METHODS: &[(&str, Method)] = &[
    ("kmeans", Method::Kmeans),
    ("mini-batch-kmeans", Method::MiniBatch),
    ("gmm", Method::Gmm),
    ("hierarchical", Method::Hierarchical),
    ("dbscan", Method::Dbscan),
    ("knn-item", Method::KnnItem),
    ("automl", Method::Automl),
    ("ols", Method::Ols),
    ("ridge", Method::Ridge),
    ("lasso", Method::Lasso),
    ("elastic-net", Method::ElasticNet),
    ("glm", Method::Glm),
    ("logistic", Method::Logistic),
    ("lda", Method::Lda),
    ("naive-bayes", Method::NaiveBayes),
    ("svm", Method::Svm),
    ("tree", Method::Tree),
    ("forest", Method::Forest),
    ("boosting", Method::Boosting),
    ("knn", Method::Knn),
    ("mlp", Method::Mlp),
    ("dummy baseline", Method::Dummy),
];

/// What a fact is called.
pub fn fact_words(code: &str) -> String {
    match code {
        "aic" | "bic" => code.to_uppercase(),
        other => known_or_spaced(FACTS, other),
    }
}

const FACTS: &[(&str, Method)] = &[
    ("r-squared", Method::RSquared),
    ("adjusted-r-squared", Method::AdjustedRSquared),
    ("residual-standard-error", Method::ResidualError),
    ("condition-number", Method::Condition),
    ("log-likelihood", Method::LogLikelihood),
    ("iterations", Method::Iterations),
    ("converged", Method::Converged),
    ("l1 l2 lambda alpha", Method::Penalty),
    ("n-trees trees", Method::Trees),
    ("n-leaves leaves", Method::Leaves),
    ("depth", Method::Depth),
    ("out-of-bag", Method::OutOfBag),
    ("n-support-vectors", Method::SupportVectors),
    ("dispersion", Method::Dispersion),
    ("deviance", Method::Deviance),
    ("degrees-of-freedom", Method::DegreesOfFreedom),
    ("pseudo-r-squared", Method::PseudoRSquared),
    ("f-statistic", Method::FStatistic),
    ("f-p-value", Method::FPValue),
    ("n-used", Method::NUsed),
    ("n-members", Method::Members),
    ("inertia", Method::Inertia),
    ("eps", Method::Eps),
];
