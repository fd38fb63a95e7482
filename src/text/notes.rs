//! Words for what the engine notes about a result, and for failures of analyses.

use std::collections::BTreeMap;

use stillroom_engine::protocol::Failure;
use stillroom_engine::reply::Note;

use super::analysis::column_words;
use super::codes::failure_words;
use super::{count_with, say};

super::texts! {
    /// Notes and failures of analyses.
    Notes {
        RowsWithoutTarget: "{n} row has no value of “{column}” and was not learned from.|{n} rows have no value of “{column}” and were not learned from.", "{n} 行没有“{column}”的值，未参与学习。";
        SilhouetteSampled: "The separation was measured on a sample of {n} rows.", "分离程度在 {n} 行样本上测得。";
        MapSampled: "The map shows {n} evenly drawn rows.", "分布图显示均匀抽取的 {n} 行。";
        ConstantColumn: "“{column}” is the same in every row and was left out.", "“{column}”在所有行中相同，已略去。";
        UnknownLevels: "{n} row has a level of “{column}” that was not known while learning.|{n} rows have a level of “{column}” that was not known while learning.", "{n} 行的“{column}”含学习时未出现的类别。";
        Collinear: "“{column}” is a combination of other columns and was left out.", "“{column}”可由其他列组合得出，已略去。";
        LinesWithoutCustomer: "{n} order line has no customer and was left out.|{n} order lines have no customer and were left out.", "{n} 条订单明细没有客户，已略去。";
        LinesReturned: "{n} line is a return or cancellation and counts against purchases.|{n} lines are returns or cancellations and count against purchases.", "{n} 条明细为退货或取消，从购买中扣减。";
        LinesIncomplete: "{n} order line has no date or quantity and was left out.|{n} order lines have no date or quantity and were left out.", "{n} 条订单明细缺少日期或数量，已略去。";
        LinesAfterReference: "{n} order line is newer than the day looked back from.|{n} order lines are newer than the day looked back from.", "{n} 条订单明细晚于回溯日期。";
        KSampled: "The number of segments was chosen on a sample of {n} rows.", "分群数依据 {n} 行样本选定。";
        CustomersWithoutPurchase: "{n} customer has no purchase and belongs to no segment.|{n} customers have no purchase and belong to no segment.", "{n} 位客户没有购买，不属于任何分群。";
        Other: "{code}: {n}", "{code}：{n}";
        OtherOf: "{code}: {column}, {n}", "{code}：{column}，{n}";

        FailTooFewDistinct: "Too few customers differ in these columns for that many segments. Choose fewer segments or more columns.", "这些列中彼此不同的客户太少，无法分成这么多群。请减少分群数或增加列。";
        FailClasses: "The target has only one class in these rows, so there is nothing to tell apart. Choose another target.", "这些行中目标只有一个类别，无法区分。请选择其他目标。";
        FailSeparation: "The chosen columns give the answer away completely: some column is recorded after the outcome, or is the outcome itself. Leave it out, or add a penalty.", "所选列完全透露了答案：某列可能在结果之后记录，或就是结果本身。请去掉它，或增加惩罚项。";
        FailNotConverged: "The computation did not settle. Standardize the columns or add a penalty, then run it again.", "计算未能收敛。请标准化各列或增加惩罚项后重新运行。";
        FailCollinear: "One of the columns is an exact combination of the others. Leave one of them out: totals beside their parts are the usual reason.", "某列可由其他列精确组合得出。请去掉其中一列：常见原因是总数与其组成部分并存。";
        FailNothingObserved: "One of the columns is empty. Leave it out.", "某列为空。请去掉它。";
        FailTooManyLevels: "One of the columns has too many different values to learn from: an id or free text. Leave it out.", "某列的不同取值太多，无法学习：可能是编号或自由文本。请去掉它。";
        FailTooManyColumns: "These are too many columns. Leave some out.", "列太多。请去掉一些。";
        FailWrongType: "One of the columns holds another kind of value than this needs. Choose another one.", "某列的值类型不符合要求。请选择其他列。";
        FailUnknownColumn: "One of the columns is no longer there. Choose the columns again.", "某列已不存在。请重新选择列。";
        FailEmpty: "There are no rows to compute from. Import data first.", "没有可计算的行。请先导入数据。";
        FailTooFewRows: "There are too few rows for this. Import more data, hold out fewer rows or choose fewer columns.", "行数太少。请导入更多数据、减少留出的行或减少列。";
        FailOutOfScale: "The values of a column are too large or too small to compute with. Standardize the columns.", "某列的值过大或过小，无法计算。请标准化各列。";
        FailNothing: "There is no result to do this with any more. Run the analysis again.", "结果已不存在。请重新运行分析。";
        FailRowsGone: "An opened model holds no rows. Run its recipe again to export them.", "打开的模型不含数据行。请重新运行其配方后再导出。";
        FailNoScores: "This model scores no customers. Run its recipe again instead.", "此模型不为客户评分。请重新运行其配方。";
        FailModelUnreadable: "This model was kept by another version. Run its recipe again.", "此模型由其他版本保留。请重新运行其配方。";
        FailHorizon: "The days after the date are not all in the orders. Choose an earlier date or fewer days.", "日期之后的天数超出订单范围。请选择更早的日期或更少的天数。";
        FailNotScored: "The model says nothing about this customer: no value or order it could go by. Choose another one.", "模型无法评估此客户：没有可依据的值或订单。请选择其他客户。";
        FailNoPrediction: "This model predicts nothing. Choose one with a target.", "此模型不作预测。请选择有目标的模型。";
        FailNoGroups: "This model has no segments made of order lines, so nobody can move between them.", "此模型没有基于订单的分群，无法比较移动。";
        FailSteps: "This method cannot be run with these settings. Choose another method or the settings it began with.", "此方法无法用这些设置运行。请选择其他方法或恢复默认设置。";
        FailTampered: "This model does not match its own seal: it was changed or damaged. Run its recipe again.", "此模型与其校验值不符，可能被修改或损坏。请重新运行其配方。";
        CutOff: "It learned from orders up to {day}.", "从截至 {day} 的订单学习。";
        HorizonEnd: "The days that count end on {day}.", "计入的天数截至 {day}。";
        NotConverged: "The computation had not fully settled after {n} round; more rounds may change it a little.|The computation had not fully settled after {n} rounds; more rounds may change it a little.", "计算在 {n} 轮后尚未完全收敛，增加轮数可能略有变化。";
        GroupsOnSample: "The groups were found on a sample of {n} rows; the others joined the nearest.", "分群依据 {n} 行样本得出，其余归入最近的群。";
        RowsInNoGroup: "{n} row is too far from all others to belong to a segment.|{n} rows are too far from all others to belong to a segment.", "{n} 行距离其他行太远，不属于任何分群。";
        FailNegative: "A column has negative values, whose logarithm does not exist. Leave it out.", "某列含负值，无法取对数。请去掉它。";
        FailParameter: "A setting lies outside its range. Look at the settings again.", "某项设置超出范围。请检查设置。";
        FailCompute: "The computation ended unexpectedly. Use fewer rows or columns and try again.", "计算意外结束。请减少行或列后重试。";
    }
}

/// What a note says, with fields by their `labels`.
pub fn note_words(note: &Note, labels: &BTreeMap<String, String>) -> String {
    let column = note.column.as_deref().map_or_else(|| "—".to_owned(), |column| column_words(column, labels));
    let dated = |text| super::fill(text, &[("day", super::format::day(note.count as i64))]);
    match note.code.as_str() {
        "cut-off" => return dated(Notes::CutOff),
        "horizon-end" => return dated(Notes::HorizonEnd),
        _ => {}
    }
    let values = [("column", column), ("code", note.code.clone())];
    let text = match note.code.as_str() {
        "rows-without-target" => Notes::RowsWithoutTarget,
        "silhouette-sampled" => Notes::SilhouetteSampled,
        "map-sampled" => Notes::MapSampled,
        "constant-column" => Notes::ConstantColumn,
        "k-chosen-on-sample" => Notes::KSampled,
        "unseen-level" => Notes::UnknownLevels,
        "dependent-column" => Notes::Collinear,
        "lines-without-customer" => Notes::LinesWithoutCustomer,
        "lines-returned" => Notes::LinesReturned,
        "lines-incomplete" => Notes::LinesIncomplete,
        "lines-after-reference" => Notes::LinesAfterReference,
        "not-converged" => Notes::NotConverged,
        "groups-found-on-sample" => Notes::GroupsOnSample,
        "rows-in-no-group" => Notes::RowsInNoGroup,
        "customers-without-orders" => Notes::CustomersWithoutPurchase,
        _ if note.column.is_some() => Notes::OtherOf,
        _ => Notes::Other,
    };
    count_with(text, note.count, &values)
}

/// What to tell a person about a failed analysis.
pub fn analysis_failure(failure: &Failure) -> String {
    let text = match failure.code.as_str() {
        "too-few-distinct" => Notes::FailTooFewDistinct,
        "classes" => Notes::FailClasses,
        "separation" => Notes::FailSeparation,
        "not-converged" => Notes::FailNotConverged,
        "collinear" => Notes::FailCollinear,
        "nothing-observed" => Notes::FailNothingObserved,
        "too-many-levels" => Notes::FailTooManyLevels,
        "too-many-columns" => Notes::FailTooManyColumns,
        "wrong-type" => Notes::FailWrongType,
        "unknown-column" => Notes::FailUnknownColumn,
        "empty" => Notes::FailEmpty,
        "too-few-rows" => Notes::FailTooFewRows,
        "out-of-scale" => Notes::FailOutOfScale,
        "nothing-computed" => Notes::FailNothing,
        "rows-gone" => Notes::FailRowsGone,
        "no-scores" => Notes::FailNoScores,
        "model-unreadable" | "model-version" | "columns-differ" => Notes::FailModelUnreadable,
        "horizon-too-long" => Notes::FailHorizon,
        "customer-not-scored" => Notes::FailNotScored,
        "no-prediction" => Notes::FailNoPrediction,
        "no-groups" => Notes::FailNoGroups,
        "recipe-steps" | "unknown-method" => Notes::FailSteps,
        "tampered" | "model-broken" => Notes::FailTampered,
        "negative" | "not-positive" => Notes::FailNegative,
        "parameter" | "parameters-unreadable" => Notes::FailParameter,
        "compute-crashed" | "compute-worker" => Notes::FailCompute,
        _ => return failure_words(failure),
    };
    say(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_notes_keep_their_code_and_count() {
        let note = Note { code: "something-new".to_owned(), column: None, count: 3 };
        assert_eq!(note_words(&note, &BTreeMap::new()), "something-new: 3");
    }

    #[test]
    fn notes_name_the_column_by_its_label() {
        let labels = BTreeMap::from([("plan".to_owned(), "Plan".to_owned())]);
        let note = Note { code: "constant-column".to_owned(), column: Some("plan".to_owned()), count: 1 };
        assert_eq!(note_words(&note, &labels), "“Plan” is the same in every row and was left out.");
    }
}
