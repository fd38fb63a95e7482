//! The models page.

super::texts! {
    /// Kept models.
    Models {
        Lead: "Results you kept, each with its recipe, the fingerprint of its data and its metrics.", "您保留的结果，各自附有配方、数据指纹和指标。";
        EmptyTitle: "No models kept yet", "尚未保留模型";
        EmptyHint: "Find segments, build recommendations or learn a prediction, then keep the result.", "请先分群、生成推荐或学习预测，然后保留结果。";
        ToSegments: "Find segments", "开始分群";
        KeptAt: "Kept", "保留时间";
        Written: "Customers carrying it", "写入的客户";
        DataHash: "Data fingerprint", "数据指纹";
        Metrics: "Metrics", "指标";
        Open: "Open", "打开";
        OpenNamed: "Open: {name}", "打开：{name}";
        Export: "Export as data", "导出为数据";
        ExportNamed: "Export as data: {name}", "导出为数据：{name}";
        Rescore: "Apply to today's customers", "应用于当前客户";
        RescoreNamed: "Apply to today's customers: {name}", "应用于当前客户：{name}";
        Rescored: "“{name}” was applied to {n} customer.|“{name}” was applied to {n} customers.", "“{name}”已应用于 {n} 位客户。";
        DriftStable: "Today's customers are like those it learned from.", "当前客户与学习时的客户相似。";
        DriftWatch: "Today's customers differ somewhat from those it learned from. Judge it again soon.", "当前客户与学习时有所不同，请尽快重新检验。";
        DriftRefit: "Today's customers differ much from those it learned from. Learn it anew before relying on it.", "当前客户与学习时差异很大，请重新学习后再使用。";
        Delete: "Delete", "删除";
        DeleteNamed: "Delete: {name}", "删除：{name}";
        DeleteTitle: "Delete “{name}”?", "删除“{name}”？";
        DeleteWords: "The model goes, and with it what it wrote to {n} customer. The customers stay.|The model goes, and with it what it wrote to {n} customers. The customers stay.", "模型及其写入 {n} 位客户的内容将被删除，客户本身保留。";
        DeleteConfirm: "Delete model", "删除模型";
        Deleted: "“{name}” was deleted.", "“{name}”已删除。";
        MetricSilhouette: "Silhouette", "轮廓系数";
        MetricK: "Segments", "分群数";
        MetricInertia: "Inertia", "簇内平方和";
        MetricRSquared: "R²", "R²";
        MetricRmse: "RMSE", "RMSE";
        MetricBaselineRmse: "RMSE of the average", "平均值的 RMSE";
        MetricMae: "Mean absolute error", "平均绝对误差";
        MetricAuc: "Area under ROC", "ROC 曲线下面积";
        MetricBrier: "Brier score", "Brier 分数";
        MetricLogLoss: "Log-loss", "对数损失";
        MetricAveragePrecision: "Average precision", "平均精确率";
        MetricHitRate: "Hit rate", "命中率";
        MetricRecall: "Recall", "召回率";
        MetricNdcg: "NDCG", "NDCG";
        MetricCoverage: "Coverage", "覆盖率";
        MetricPopular: "Hit rate of bestsellers", "畅销品命中率";
        ExportNote: "The export is data only: numbers, names of columns and the recipe. It holds no program and no customers.", "导出内容仅为数据：数字、列名和配方，不含程序和客户。";
    }
}

/// Whether today's customers are still like those a model learned from.
pub fn drift_words(drift: &str) -> &'static str {
    super::say(match drift {
        "refit" => Models::DriftRefit,
        "watch" => Models::DriftWatch,
        _ => Models::DriftStable,
    })
}

/// What a metric is called.
pub fn metric_words(metric: &str) -> String {
    let text = match metric {
        "silhouette" => Models::MetricSilhouette,
        "k" => Models::MetricK,
        "inertia" => Models::MetricInertia,
        "r_squared" => Models::MetricRSquared,
        "rmse" => Models::MetricRmse,
        "baseline_rmse" => Models::MetricBaselineRmse,
        "mae" => Models::MetricMae,
        "auc" => Models::MetricAuc,
        "brier" => Models::MetricBrier,
        "log_loss" => Models::MetricLogLoss,
        "average_precision" => Models::MetricAveragePrecision,
        "hit_rate" => Models::MetricHitRate,
        "recall" => Models::MetricRecall,
        "ndcg" => Models::MetricNdcg,
        "coverage" => Models::MetricCoverage,
        "popularity_hit_rate" | "baseline_hit_rate" => Models::MetricPopular,
        other => return other.replace('_', " "),
    };
    super::say(text).to_owned()
}
