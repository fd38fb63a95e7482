//! Words for the stable codes the engine sends: failures, stages of a job.

use stillroom_engine::protocol::Failure;

use super::faults::fault_words;
use super::say;
use super::sync::problem_words;

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
        CodeMistyped: "That is not a whole code: it has seven groups of four characters. Look for a mistyped one.", "代码不完整或有误：它由七组、每组四个字符组成。请检查是否输错。";
        TooShort: "A passphrase needs at least twelve characters.", "口令至少需要十二个字符。";
        Damaged: "The stored data does not check out. Restore your latest backup.", "已存数据校验失败。请从最近的备份恢复。";
        NotABackup: "This file is not a Stillroom backup, or it was cut short.", "此文件不是 Stillroom 备份，或文件不完整。";
        NewerVersion: "This was made by a newer version of Stillroom. Update this one first.", "内容由更新版本的 Stillroom 创建。请先更新本应用。";
        StorageRefused: "The browser refused storage for this site. Allow it in the browser's settings, or use another window.", "浏览器拒绝为此网站提供存储。请在浏览器设置中允许，或换一个窗口。";
        FieldNotEditable: "This field is computed and cannot be edited by hand.", "此字段由系统计算，不能手动编辑。";
        InvalidValue: "This value does not fit the field's type.", "此值与字段类型不符。";
        DuplicateExternalId: "Another customer already has this customer id.", "已有其他客户使用此客户编号。";
        AlreadyUndone: "This import was undone before.", "此导入之前已被撤销。";
        LaterImportDepends: "A later import builds on this one. Undo the later one first.", "后续导入依赖于此导入。请先撤销后续导入。";
        FieldTwice: "Two columns go to the same field. Choose another target for one of them.", "有两列对应同一字段。请为其中一列另选目标。";
        FieldNotMapped: "A needed field has no column yet. Choose the column that holds it.", "有必需的字段尚未对应任何列。请选择相应的列。";
        ImportRunning: "Another import is still running. Wait for it or cancel it.", "另一个导入仍在进行。请等待或取消。";
        NotEnoughMemory: "There was not enough memory. Close other tabs and try again.", "内存不足。请关闭其他标签页后重试。";
        Unreadable: "The engine's answer could not be read. Reload the page to get matching versions.", "无法读取引擎的回答。请重新加载页面以使用一致的版本。";
        ComputeCrashed: "The computation could not be finished. Use fewer rows or columns, or reload the page, and try again.", "计算未能完成。请减少行或列，或重新加载页面后重试。";
        WorkspaceExists: "There is a workspace on this device already. Open it, or erase it first.", "本机已有工作区。请打开它，或先将其清除。";
        NoEntropy: "This browser gives no secure random numbers. Update it, and open this page over https.", "此浏览器无法提供安全随机数。请更新浏览器，并通过 https 打开此页面。";
        WeakParameters: "The stored key is protected less than it must be. Do not type the passphrase: restore your latest backup.", "已存密钥的保护强度低于要求。请不要输入口令，请从最近的备份恢复。";
        OtherKey: "This belongs to another workspace. Use it with the one it came from.", "此内容属于另一个工作区。请在其来源工作区中使用。";
        OtherWorkspace: "This code is of another workspace than the one that was restored here. Use one of its own devices’ codes.", "此配对码属于另一个工作区，而不是在此恢复的工作区。请使用其设备上的配对码。";
        LastSlot: "This is the last way to open the workspace. Add another one before you remove it.", "这是打开工作区的最后一种方式。请先添加另一种再删除它。";
        TooManyFields: "The workspace has as many fields of your own as it can hold.", "工作区的自定义字段已达上限。";
        StorageFailed: "The stored data could not be used. Try again; if that does not help, restore your latest backup.", "无法使用已存数据。请重试；如仍无效，请从最近的备份恢复。";
        ViewGone: "The list has changed in the meantime. Open it again.", "列表在此期间已变更。请重新打开。";
        StageReading: "Reading", "正在读取";
        StageParsing: "Reading the file", "正在读取文件";
        StageWriting: "Writing to the workspace", "正在写入工作区";
        StageSaving: "Saving", "正在保存";
        StageIndexing: "Building the search index", "正在建立搜索索引";
        StageGenerating: "Making sample data", "正在生成示例数据";
        StagePreparing: "Preparing the columns", "正在准备数据列";
        StageFitting: "Computing", "正在计算";
        StageSearching: "Trying methods and settings", "正在尝试方法和设置";
        StageExplaining: "Finding what the prediction goes by", "正在分析预测的依据";
        StageEvaluating: "Evaluating on unseen rows", "正在用未见过的数据评估";
        StageAgreeing: "Comparing with the server", "正在与服务器核对";
        StagePulling: "Fetching changes", "正在获取变更";
        StagePushing: "Sending sealed changes", "正在发送已封存的变更";
    }
}

/// What to tell a person about a failure: our own words when the code is known, the engine's sentence otherwise.
pub fn failure_words(failure: &Failure) -> String {
    own_words(failure).unwrap_or_else(|| sentence(&failure.message))
}

/// The words the app has for a failure; `None` for a code it does not know.
fn own_words(failure: &Failure) -> Option<String> {
    let known = known_failure(&failure.code).map(say).or_else(|| problem_words(&failure.code));
    known.map(str::to_owned).or_else(|| fault_words(failure))
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
        "automl" | "nested" | "search" => Code::StageSearching,
        "shap" | "kernel_shap" | "permutation" | "partial_dependence" | "surrogate" | "counterfactual"
        | "explaining" | "learning_curve" | "stability" | "fairness" => Code::StageExplaining,
        "evaluating" | "evaluate" | "validate" => Code::StageEvaluating,
        "agreeing" => Code::StageAgreeing,
        "pulling" => Code::StagePulling,
        "pushing" => Code::StagePushing,
        _ => Code::StageFitting,
    })
}

fn known_failure(code: &str) -> Option<Code> {
    find(FAILURES, code)
}

/// What stands for a code in a table; the codes of a row are separated by spaces.
pub(super) fn find<T: Copy>(table: &[(&str, T)], code: &str) -> Option<T> {
    let code = code.replace('_', "-");
    table.iter().find(|(codes, _)| codes.split(' ').any(|own| own == code)).map(|(_, found)| *found)
}

const FAILURES: &[(&str, Code)] = &[
    ("wrong-passphrase", Code::WrongPassphrase),
    ("wrong-recovery-code", Code::WrongRecoveryCode),
    ("code-mistyped", Code::CodeMistyped),
    ("passphrase-too-short", Code::TooShort),
    ("passphrase-guessable", Code::WeakPassphrase),
    ("owned-elsewhere files-in-use", Code::OwnedElsewhere),
    ("locked paused", Code::NotOpen),
    ("engine-crashed", Code::EngineCrashed),
    ("engine-stopped", Code::EngineStopped),
    ("cancelled", Code::Cancelled),
    ("storage-full", Code::OutOfSpace),
    ("storage-refused keys-unreachable folder-unusable", Code::StorageRefused),
    ("damaged chain-broken wrong-key no-key-record costly-parameters", Code::Damaged),
    ("weak-parameters", Code::WeakParameters),
    ("other-key", Code::OtherKey),
    ("other-workspace", Code::OtherWorkspace),
    ("last-slot", Code::LastSlot),
    ("no-entropy", Code::NoEntropy),
    ("database json changes-not-noted", Code::StorageFailed),
    ("workspace-exists", Code::WorkspaceExists),
    ("not-a-backup backup-truncated not-a-workspace", Code::NotABackup),
    ("newer-version unknown-version unknown-algorithm", Code::NewerVersion),
    ("not-enough-memory", Code::NotEnoughMemory),
    ("no-file empty-file file-missing file-unreadable", Code::BadFile),
    (
        "filter-syntax filter-too-deep filter-too-long filter-number filter-json invalid-field-key \
         invalid-date wrong-kind",
        Code::BadFilter,
    ),
    ("unknown-field", Code::UnknownField),
    ("too-many-fields", Code::TooManyFields),
    ("field-not-editable", Code::FieldNotEditable),
    ("invalid-value", Code::InvalidValue),
    ("duplicate-external-id", Code::DuplicateExternalId),
    ("field-twice", Code::FieldTwice),
    ("field-not-mapped", Code::FieldNotMapped),
    ("import-in-progress busy", Code::ImportRunning),
    ("already-undone", Code::AlreadyUndone),
    ("later-import-depends", Code::LaterImportDepends),
    ("not-found no-import no-preview no-such-slot", Code::NotFound),
    ("view-gone", Code::ViewGone),
    ("compute-crashed compute-worker", Code::ComputeCrashed),
    ("too-few-rows", Code::TooFewRows),
    (
        "unreadable-answer answer-unwritable reply-unwritable message-unreadable message-unwritable \
         preview-unreadable protocol no-notice unknown-purpose unknown-group unknown-word",
        Code::Unreadable,
    ),
];

/// A message as a sentence: a capital at the start, a stop at the end.
pub(super) fn sentence(message: &str) -> String {
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
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Files outside the engine in which a function `code` or `facts` names the codes of its room.
    const NAMED_IN: [&str; 9] = [
        "analytics/src/error.rs",
        "consent/src/error.rs",
        "import/src/error.rs",
        "records/src/error.rs",
        "server/src/fault.rs",
        "store/src/error.rs",
        "sync/src/client/effect.rs",
        "sync/src/error.rs",
        "vault/src/error.rs",
    ];

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
        let failure = Failure::new("something-new", "turn it off and on");
        assert_eq!(failure_words(&failure), "Turn it off and on.");
    }

    #[test]
    fn every_code_of_every_room_has_words() {
        let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
        let mut codes = BTreeSet::new();
        for file in NAMED_IN {
            codes.extend(codes_of_functions(&read(&rooms.join(file))));
        }
        for file in sources(&rooms.join("engine/src")) {
            codes.extend(codes_of_failures(&read(&file)));
        }
        assert!(codes.len() > 150, "the sources are read as they are written: {} codes", codes.len());
        let unknown: Vec<_> = codes.iter().filter(|code| own_words(&refused(code)).is_none()).collect();
        assert!(unknown.is_empty(), "codes without words: {unknown:?}");
    }

    fn refused(code: &str) -> Failure {
        Failure::new(code, "change it")
    }

    fn read(file: &Path) -> String {
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
        paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    /// The texts behind `=>` in the functions that name a room's codes.
    fn codes_of_functions(source: &str) -> Vec<String> {
        let bodies = ["fn code(&self)", "fn facts(&self)"]
            .into_iter()
            .flat_map(|head| source.split(head).skip(1))
            .filter_map(|rest| rest.split("\n    }\n").next());
        bodies.flat_map(|body| body.split("=> ").skip(1).filter_map(quoted)).collect()
    }

    /// The first argument of every failure that is made, tests left out.
    fn codes_of_failures(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let made = ["failure(", "Failure::new("].into_iter().flat_map(|head| source.split(head).skip(1));
        made.filter_map(quoted).collect()
    }

    /// The literal a piece of source begins with.
    fn quoted(source: &str) -> Option<String> {
        let literal = source.trim_start().trim_start_matches('(').strip_prefix('"')?;
        literal.split_once('"').map(|(text, _)| text.to_owned())
    }
}
