//! Words for what a computation, an import's plan or the consent ledger refuses. The engine's own English sentence names the
//! column or the limit that is meant: English shows it alone, Chinese shows it behind ours.

use stillroom_engine::protocol::Failure;

use super::{Language, language, say};

super::texts! {
    /// What was refused, by what has to be changed.
    Fault {
        Column: "A column does not fit this method.", "有一列不适合此方法，请更换该列或先对其进行处理。";
        Target: "The target does not fit this method.", "目标不适合此方法，请更换目标、方法或数据行。";
        Rows: "The rows do not suffice for this.", "数据不足以完成此计算，请调整数据行、列或设置。";
        Recipe: "The recipe has to be changed.", "此方案无法执行，请更改步骤或参数。";
        Model: "The model cannot be used.", "此模型无法使用，请重新训练或更新本应用。";
        Lacks: "The model does not hold that.", "此模型不包含所需内容，请换一个模型、客户或方案。";
        Plan: "The import has to be set up differently.", "导入设置与文件不符，请检查分隔符、编码和列的对应关系。";
        Entry: "This cannot be recorded.", "此内容无法记录。";
    }
}

/// What to tell a person about a failure of this kind; `None` for a code of another kind.
pub(super) fn fault_words(failure: &Failure) -> Option<String> {
    let detail = super::codes::sentence(&failure.message);
    let fault = super::codes::find(FAULTS, &failure.code)?;
    Some(match language() {
        Language::English => detail,
        Language::Chinese => format!("{}（{detail}）", say(fault)),
    })
}

const FAULTS: &[(&str, Fault)] = &[
    (
        "unknown-column wrong-type not-finite collinear out-of-scale not-standardized negative \
         near-zero nothing-observed too-many-levels level-not-ordered not-positive duplicate-column \
         length-mismatch",
        Fault::Column,
    ),
    ("classes separation target-range target-needed recipe-target fairness-classes", Fault::Target),
    (
        "empty horizon-too-long too-few-distinct labels-differ too-many-columns nothing-selected \
         not-converged",
        Fault::Rows,
    ),
    (
        "recipe-steps recipe-source recipe-version recipe-fit-only no-filter parameter parameters-unreadable \
         unknown-method",
        Fault::Recipe,
    ),
    (
        "model-unreadable model-unwritable model-broken model-version model-too-large not-a-model \
         tampered columns-differ not-additive card-unwritable reply-unwritable",
        Fault::Model,
    ),
    (
        "rows-gone no-prediction no-recommender no-groups no-dates no-scores customer-not-scored \
         customer-unknown nothing-computed",
        Fault::Lacks,
    ),
    (
        "bad-delimiter unusable-delimiter delimiter-is-quote unknown-encoding unknown-type \
         plan-differs no-such-column no-such-name unknown-kind zero-limit row-width",
        Fault::Plan,
    ),
    ("invalid-entry bad-receipt", Fault::Entry),
];
