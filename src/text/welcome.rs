//! The pages in front of a workspace: making, opening and restoring one.

use super::say;

super::texts! {
    /// Welcome and unlock.
    Welcome {
        Title: "Welcome to Stillroom", "欢迎使用 Stillroom";
        Lead: "Customer analytics distilled in this browser. Your data is encrypted here, analysed here, and stays here unless you consent.", "在浏览器中完成的客户分析。您的数据在本机加密、在本机分析，未经您同意一直留在本机。";
        Create: "Create a workspace", "创建工作区";
        CreateHint: "Start empty and bring in your own files.", "从空白开始，导入您自己的文件。";
        Sample: "Try with sample data", "用示例数据试用";
        SampleHint: "A made-up business with customers and orders to explore.", "一个虚构的企业，附有客户和订单供您探索。";
        Restore: "Restore a backup", "恢复备份";
        RestoreHint: "Open a sealed backup file from this or another device.", "打开来自本机或其他设备的加密备份文件。";
        ChooseSample: "Choose a business", "选择一种业务";
        Shop: "A shop with regulars", "有熟客的商店";
        ShopHint: "Orders over two years, for segments and recommendations.", "两年的订单，适合分群和推荐。";
        Bank: "A bank branch", "银行网点";
        BankHint: "Accounts and a campaign, to predict who says yes.", "账户与营销活动，预测谁会同意。";
        Clinic: "A clinic", "诊所";
        ClinicHint: "Visits and patients, to predict who stays away.", "就诊与患者，预测谁会流失。";
        CreateTitle: "Choose a passphrase", "设置口令";
        CreateLead: "It encrypts everything on this device. Nobody can reset it for you, so keep it well.", "它会加密本机上的一切。没有人能替您重置，请妥善保管。";
        SampleLead: "Sample data lives in an encrypted workspace too. Five words were drawn for you; keep them or type your own.", "示例数据同样存放在加密工作区中。已为您抽取五个单词，可直接使用或自行输入。";
        Passphrase: "Passphrase", "口令";
        PassphraseHint: "At least twelve characters. Several unrelated words are best.", "至少十二个字符。最好使用几个互不相关的词。";
        Suggest: "Suggest five words", "建议五个单词";
        Strength: "Strength: {strength}", "强度：{strength}";
        Strength0: "guessed at once", "一猜就中";
        Strength1: "very weak", "很弱";
        Strength2: "weak", "弱";
        Strength3: "good", "良好";
        Strength4: "strong", "很强";
        AdviceLonger: "Use at least twelve characters.", "至少使用十二个字符。";
        AdviceCommon: "This is close to a common password.", "这接近常见密码。";
        AdviceRepeats: "Repeated characters add little.", "重复的字符几乎没有帮助。";
        AdviceSequences: "Sequences such as 1234 or abcd are tried first.", "1234、abcd 这类序列会被最先尝试。";
        AdviceKeyboard: "Neighbouring keys are tried first.", "相邻按键的组合会被最先尝试。";
        AdviceDates: "Dates are easy to guess.", "日期很容易被猜到。";
        AdvicePersonal: "Leave out names and words tied to you.", "不要使用与您相关的名字和词语。";
        AdviceWords: "Add one or two more words.", "再加一两个词。";
        CreateAction: "Create workspace", "创建工作区";
        RecoveryTitle: "Keep your recovery code", "保存您的恢复码";
        RecoveryLead: "It opens the workspace when the passphrase is lost. It is shown only now: write it down or print it, and keep it apart from this device.", "忘记口令时可用它打开工作区。它只显示这一次：请抄写或打印，并与本机分开保存。";
        RecoveryCode: "Recovery code", "恢复码";
        RecoveryFile: "Stillroom recovery code", "Stillroom 恢复码";
        Confirm: "Type the last four characters of the code", "请输入恢复码的最后四个字符";
        ConfirmHint: "So that we both know you have it.", "以确认您已经保存好。";
        ConfirmWrong: "These are not the last four characters.", "这不是最后四个字符。";
        OpenAction: "Open the workspace", "打开工作区";
        FillingTitle: "Filling the workspace", "正在填充工作区";
        FillingLead: "The sample is made here, from a fixed seed: everybody gets the same business.", "示例在本机由固定种子生成：每个人得到的都是同一家企业。";
        RestoreTitle: "Restore a backup", "恢复备份";
        RestoreLead: "The backup is read and checked before anything here changes.", "备份会先读取并校验，然后才会更改这里的内容。";
        BackupFile: "Choose a backup file", "选择备份文件";
        BackupPassphrase: "The backup's passphrase", "备份的口令";
        RestoreAction: "Restore", "恢复";
        Restored: "The workspace was restored.", "工作区已恢复。";
        UnlockTitle: "Unlock your workspace", "解锁工作区";
        UnlockLead: "It is encrypted on this device.", "它已加密保存在本机。";
        UnlockAction: "Unlock", "解锁";
        Unlocking: "Unlocking…", "正在解锁…";
        UseRecovery: "Use the recovery code", "使用恢复码";
        UsePassphrase: "Use the passphrase", "使用口令";
        RecoveryHint: "Seven groups of four characters; upper or lower case, with or without hyphens.", "七组、每组四个字符；大小写均可，连字符可省略。";
        ClosedIdle: "Locked because nothing happened for a while.", "由于长时间无操作，已自动锁定。";
        ClosedHidden: "Locked because this tab was out of sight for a while.", "由于此标签页长时间不可见，已自动锁定。";
        ClosedSlept: "Locked because this device was asleep.", "由于设备进入睡眠，已自动锁定。";
        ClosedOtherTab: "Locked from another tab.", "已从另一个标签页锁定。";
        ClosedCrash: "The engine stopped unexpectedly and was replaced. Everything saved is safe.", "引擎意外停止并已重新启动。已保存的内容都是安全的。";
        ElsewhereTitle: "Open in another tab", "已在另一个标签页中打开";
        ElsewhereLead: "Only one tab at a time may hold the workspace, so that nothing is written twice. Use it here, and the other tab lets go.", "为避免重复写入，同一时间只能有一个标签页持有工作区。在此使用后，另一个标签页会放开它。";
        UseHere: "Use here", "在此使用";
        TakingOver: "Waiting for the other tab…", "正在等待另一个标签页…";
        TakeOverFailed: "The other tab did not let go. Close it and try again.", "另一个标签页没有放开。请关闭它后重试。";
        Forgotten: "Lost both?", "都丢失了？";
        EraseAction: "Erase this workspace", "清除此工作区";
        EraseTitle: "Erase this workspace?", "清除此工作区？";
        EraseLead: "Its keys and files are removed from this device. Without a backup nothing can bring it back.", "它的密钥和文件会从本机删除。没有备份就无法找回。";
        EraseConfirm: "Type {word} to confirm", "请输入 {word} 以确认";
        EraseWord: "erase", "清除";
        Erased: "The workspace was erased from this device.", "工作区已从本机清除。";
    }
}

/// The name of a strength from 0 to 4.
pub fn strength_words(score: u8) -> &'static str {
    say(match score {
        0 => Welcome::Strength0,
        1 => Welcome::Strength1,
        2 => Welcome::Strength2,
        3 => Welcome::Strength3,
        _ => Welcome::Strength4,
    })
}

/// A piece of advice by its code.
pub fn advice_words(code: &str) -> Option<&'static str> {
    Some(say(match code {
        "longer" => Welcome::AdviceLonger,
        "avoid_common_password" => Welcome::AdviceCommon,
        "avoid_repeats" => Welcome::AdviceRepeats,
        "avoid_sequences" => Welcome::AdviceSequences,
        "avoid_keyboard_paths" => Welcome::AdviceKeyboard,
        "avoid_dates" => Welcome::AdviceDates,
        "avoid_personal_words" => Welcome::AdvicePersonal,
        "add_words" => Welcome::AdviceWords,
        _ => return None,
    }))
}
