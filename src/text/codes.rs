//! Words for the stable codes the engine sends: failures, stages of a job.

use stillroom_engine::protocol::Failure;

use super::say;

super::texts! {
    /// Failures and stages a person meets.
    Code {
        WrongPassphrase: "That passphrase does not open this workspace. Check capital letters and the keyboard layout, then try again.", "口令不正确。请检查大小写和键盘布局后重试。";
        WrongRecoveryCode: "That recovery code does not open this workspace. Compare it with what you kept, character by character.", "恢复码不正确。请与您保存的内容逐字核对。";
        WeakPassphrase: "That passphrase is too easy to guess. Make it longer, or use the suggested five words.", "口令太容易被猜到。请加长，或使用建议的五个单词。";
        OwnedElsewhere: "The workspace is open in another tab. Take it over here or go on there.", "工作区已在另一个标签页中打开。可在此接管，或在那边继续。";
        NotOpen: "The workspace is locked. Unlock it and try again.", "工作区已锁定。请解锁后重试。";
        EngineCrashed: "The engine stopped unexpectedly and was replaced. Saved data is safe. Unlock and try again.", "引擎意外停止，已重新启动。已保存的数据是安全的。请解锁后重试。";
        EngineStopped: "The engine was stopped before it could answer. Try again.", "引擎在回答之前被停止。请重试。";
        Cancelled: "Cancelled. Nothing was changed.", "已取消，未作任何更改。";
        OutOfSpace: "There is no room left on this device for that. Free some space and try again.", "本机空间不足。请释放空间后重试。";
        BadFile: "This file could not be read. Check that it is complete and of the expected kind.", "无法读取此文件。请确认文件完整且类型正确。";
        BadFilter: "This filter could not be understood. Compare it with the examples below.", "无法理解此筛选条件。请参考下方示例。";
        UnknownField: "A field named here does not exist in this workspace. Pick one from the list.", "此处的字段在工作区中不存在。请从列表中选择。";
        NotFound: "This is no longer here. It may have been removed in the meantime.", "内容已不存在，可能已被移除。";
        TooFewRows: "There are too few rows for this. Import more data or widen the filter.", "数据行数太少。请导入更多数据或放宽筛选。";
        Unreadable: "The engine's answer could not be read. Reload the page to get matching versions.", "无法读取引擎的回答。请重新加载页面以使用一致的版本。";
        StageReading: "Reading", "正在读取";
        StageParsing: "Reading the file", "正在读取文件";
        StageWriting: "Writing to the workspace", "正在写入工作区";
        StageSaving: "Saving", "正在保存";
        StageIndexing: "Building the search index", "正在建立搜索索引";
        StageGenerating: "Making sample data", "正在生成示例数据";
        StagePreparing: "Preparing the columns", "正在准备数据列";
        StageFitting: "Computing", "正在计算";
        StageEvaluating: "Evaluating on unseen rows", "正在用未见过的数据评估";
    }
}

/// What to tell a person about a failure: our own words when the code is known, the engine's sentence otherwise.
pub fn failure_words(failure: &Failure) -> String {
    known_failure(&failure.code).map_or_else(|| sentence(&failure.message), |code| say(code).to_owned())
}

/// What to call a stage of a job.
pub fn stage_words(stage: &str) -> &'static str {
    say(match stage {
        "reading" => Code::StageReading,
        "parsing" | "importing" => Code::StageParsing,
        "writing" | "inserting" | "scoring" => Code::StageWriting,
        "saving" | "committing" => Code::StageSaving,
        "indexing" => Code::StageIndexing,
        "generating" | "sample" => Code::StageGenerating,
        "impute" | "one_hot" | "standardize" | "preparing" | "profile" => Code::StagePreparing,
        "evaluating" | "evaluate" | "validate" => Code::StageEvaluating,
        _ => Code::StageFitting,
    })
}

fn known_failure(code: &str) -> Option<Code> {
    Some(match code {
        "wrong-passphrase" | "wrong-secret" => Code::WrongPassphrase,
        "wrong-recovery-code" | "bad-recovery-code" => Code::WrongRecoveryCode,
        "weak-passphrase" => Code::WeakPassphrase,
        "owned-elsewhere" => Code::OwnedElsewhere,
        "not-open" | "locked" => Code::NotOpen,
        "engine-crashed" => Code::EngineCrashed,
        "engine-stopped" => Code::EngineStopped,
        "cancelled" => Code::Cancelled,
        "out-of-space" | "disk-full" => Code::OutOfSpace,
        "bad-file" | "unreadable-file" | "damaged-backup" => Code::BadFile,
        "bad-filter" | "invalid-filter" => Code::BadFilter,
        "unknown-field" => Code::UnknownField,
        "not-found" | "unknown-view" => Code::NotFound,
        "too-few-rows" => Code::TooFewRows,
        "unreadable-answer" => Code::Unreadable,
        _ => return None,
    })
}

/// A message as a sentence: a capital at the start, a stop at the end.
fn sentence(message: &str) -> String {
    let mut letters = message.trim().chars();
    let Some(first) = letters.next() else { return String::new() };
    let mut text: String = first.to_uppercase().chain(letters).collect();
    if !text.ends_with(['.', '!', '?', '。']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        for (message, expected) in
            [("too few rows; add some", "Too few rows; add some."), ("Done.", "Done."), ("", "")]
        {
            assert_eq!(sentence(message), expected);
        }
    }

    #[test]
    fn unknown_codes_keep_the_engines_sentence() {
        let failure = Failure { code: "something-new".to_owned(), message: "turn it off and on".to_owned() };
        assert_eq!(failure_words(&failure), "Turn it off and on.");
    }
}
