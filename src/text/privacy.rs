//! The privacy pages' frame, consent, and the words of the consent room's keys.

use super::say;

super::texts! {
    /// Consent: what leaves, under which grant, on which basis.
    Privacy {
        Title: "Privacy", "隐私";
        Lead: "What leaves this device, for what, to whom, and how to stop it.", "哪些内容离开本机、用于什么、发给谁，以及如何停止。";
        Views: "Privacy views", "隐私页面";
        ViewConsent: "Consent", "同意";
        ViewSync: "Sync", "同步";
        ViewNetwork: "Network ledger", "网络记录";
        ViewReceipts: "Receipts", "回执";
        NothingTitle: "Nothing leaves this device", "没有任何内容离开本机";
        NothingHint: "No consent is in force. The app loads its own files and asks for nothing else.", "当前没有生效的同意。应用只加载自身文件，不发出其他请求。";
        NothingConnected: "No consent is in force, so no customer data is sent. The app is connected to {server} and may ask it for news of consent and devices.", "当前没有生效的同意，因此不会发送客户数据。应用已连接到 {server}，可能向其查询同意与设备的变化。";
        TakingBack: "A withdrawal waits for the server. Nothing is sent; its copies are deleted with the next exchange.", "有一项撤回正在等待服务器。不再发送任何内容；服务器的副本将在下一次交换时删除。";
        SomethingTitle: "{n} purpose sends data|{n} purposes send data", "{n} 个用途正在发送数据";
        SomethingHint: "Only what the cards below say, only to {server}.", "仅限下方卡片所列内容，仅发往 {server}。";
        ThisDevice: "This device", "本机";
        NoServer: "No server", "未连接服务器";
        LaneShut: "closed", "关闭";
        LaneCarries: "{n} customer|{n} customers", "{n} 位客户";
        PurposeBackup: "Backup and your own devices", "备份与您自己的设备";
        PurposeReport: "Hosted report", "托管报表";
        PurposeHousekeeping: "Housekeeping", "日常维护";
        BackupFor: "Keeps your devices the same, and a sealed copy in case one is lost.", "让您的设备保持一致，并在设备丢失时仍有副本。";
        ReportFor: "Lets the server’s operator show a report of a few numbers per customer.", "使服务器运营者能够展示每位客户的少量数字。";
        WhoCanRead: "Who can read it", "谁能读取";
        SealedReads: "Only your own devices. The server keeps sealed copies it cannot open.", "仅您自己的设备。服务器保存无法打开的封存副本。";
        ReadableReads: "The server and its operator, under a pseudonym made for this purpose.", "服务器及其运营者可读，使用专为此用途生成的假名。";
        Sealed: "Sealed", "已封存";
        Readable: "Server can read it", "服务器可读";
        Groups: "What may be included", "可包含的内容";
        Columns: "Exactly these numbers", "仅限以下数字";
        Bases: "Lawful bases accepted", "接受的合法依据";
        Kept: "Kept on the server", "服务器保存期限";
        KeptDays: "{n} day at most|{n} days at most", "最长 {n} 天";
        Where: "Server", "服务器";
        Fingerprint: "Key fingerprint", "密钥指纹";
        NotConnected: "Not connected yet", "尚未连接";
        Gpc: "Global Privacy Control", "全球隐私控制（GPC）";
        GpcOn: "This browser sends it: nothing is shared for this purpose from here.", "此浏览器已开启：不会从这里为此用途共享任何内容。";
        GpcOff: "Off in this browser. Customers who sent it are left out.", "此浏览器未开启。发出该信号的客户会被排除。";
        GpcNotShared: "Does not apply: nobody but you can read it.", "不适用：除您之外无人能读取。";
        Off: "Off", "关闭";
        On: "On", "开启";
        Ended: "Ended {day}", "已于 {day} 结束";
        Since: "Given {from}, ends {until}.", "{from} 给予，{until} 结束。";
        SinceLocal: "Given {from}, ends {until}. The server does not know of it yet.", "{from} 给予，{until} 结束。服务器尚未知晓。";
        Includes: "Included: {groups}.", "包含：{groups}。";
        ScopeAll: "All customers", "所有客户";
        ScopeFilter: "Only customers that fit a filter", "仅符合筛选条件的客户";
        ScopeIs: "Customers that fitted: {filter}", "符合以下条件的客户：{filter}";
        Give: "Give consent…", "给予同意…";
        GiveTitle: "Give consent: {purpose}", "给予同意：{purpose}";
        GiveAction: "Give consent", "给予同意";
        Given: "Consent given. The receipt is under Receipts.", "已给予同意。回执见“回执”。";
        Withdraw: "Withdraw…", "撤回…";
        WithdrawTitle: "Withdraw: {purpose}", "撤回：{purpose}";
        WithdrawHint: "Sending stops at once. The server deletes what it has with the next exchange, and the receipt tells when it has. What is on this device stays.", "发送立即停止。服务器在下一次交换时删除已有内容，回执会注明完成时间。本机的内容不受影响。";
        WithdrawAction: "Withdraw consent", "撤回同意";
        Withdrawn: "Withdrawn. Nothing more is sent for this purpose.", "已撤回。不再为此用途发送任何内容。";
        ChooseGroups: "What to include", "包含哪些内容";
        ChooseGroupsHint: "Nothing is chosen for you.", "不会为您预选任何内容。";
        ChooseScope: "Whose data", "哪些客户";
        FilterCounts: "{n} of {total} customers fit now. The list is kept as it is today.|{n} of {total} customers fit now. The list is kept as it is today.", "当前有 {n} 位客户符合（共 {total} 位）。名单以今天为准。";
        HowLong: "For how long", "有效期";
        Months: "{n} month|{n} months", "{n} 个月";
        Notice: "What you agree to", "您同意的内容";
        NoticeHash: "A fingerprint of this text becomes part of the grant and its receipt.", "此文本的指纹会写入授权及其回执。";
        ConnectFirst: "Consents and bases are recorded for one server. Connecting asks this page’s server for its key: the first request that is not for a file of the app. No customer data is in it.", "同意与依据针对一台服务器记录。连接时会向此页面的服务器索取密钥：这是第一个不为应用文件而发出的请求，其中不含客户数据。";
        Connect: "Connect to {origin}", "连接到 {origin}";
        ChooseOne: "Choose at least one group.", "请至少选择一个分组。";
        Coverage: "Customers with a lawful basis", "具有合法依据的客户";
        CoverWould: "{n} of {total} customers would be sent.|{n} of {total} customers would be sent.", "{total} 位客户中有 {n} 位会被发送。";
        CoverDoes: "{n} of {total} customers may be sent.|{n} of {total} customers may be sent.", "{total} 位客户中有 {n} 位可被发送。";
        CoverNone: "There are no customers yet.", "还没有客户。";
        GapNone: "{n} has no lawful basis|{n} have no lawful basis", "{n} 位没有合法依据";
        GapRefused: "{n} refused|{n} refused", "{n} 位拒绝";
        GapWithdrawn: "{n} withdrew|{n} withdrew", "{n} 位撤回";
        GapObjected: "{n} objected|{n} objected", "{n} 位反对";
        GapExpired: "{n} has ended|{n} have ended", "{n} 位已到期";
        GapHeld: "{n} is outside the scope, restricted or stopped by a signal|{n} are outside the scope, restricted or stopped by a signal", "{n} 位不在范围内、受限或被隐私信号阻止";
        Record: "Record a basis…", "记录依据…";
        BasisTitle: "Record a lawful basis", "记录合法依据";
        BasisLead: "The reason why you may use a customer’s data for this purpose. Record only what you can show.", "您可以为此用途使用客户数据的理由。请只记录您能够证明的内容。";
        BasisWhose: "Whose", "对象";
        BasisEverybody: "Everybody", "所有人";
        BasisBasis: "Basis", "依据";
        BasisState: "State", "状态";
        BasisMethod: "How it was obtained", "获取方式";
        BasisEvidence: "Where the evidence is", "证据所在";
        BasisEvidenceHint: "A file, folder or contract number. It stays on this device; only its hash is recorded.", "文件、文件夹或合同编号。它留在本机，只记录其哈希值。";
        BasisEnds: "Ends", "结束时间";
        BasisNeverEnds: "No end date", "无结束日期";
        BasisAfterDays: "After {n} days|After {n} days", "{n} 天后";
        BasisGpc: "The person sent Global Privacy Control", "此人发出了全球隐私控制（GPC）信号";
        BasisAction: "Record", "记录";
        BasisDone: "Recorded for {n} customer.|Recorded for {n} customers.", "已为 {n} 位客户记录。";
        BasisFor: "For {purpose}", "用途：{purpose}";
        Consent: "Consent (Art 6(1)(a))", "同意（第 6(1)(a) 条）";
        Contract: "Contract (Art 6(1)(b))", "合同（第 6(1)(b) 条）";
        LegalObligation: "Legal obligation (Art 6(1)(c))", "法定义务（第 6(1)(c) 条）";
        LegitimateInterest: "Legitimate interest (Art 6(1)(f))", "正当利益（第 6(1)(f) 条）";
        StateGiven: "Given", "已给予";
        StateRefused: "Refused", "已拒绝";
        StateWithdrawn: "Withdrawn", "已撤回";
        StateObjected: "Objected", "已反对";
        StateExpired: "Ended", "已到期";
        StateNone: "Not recorded", "未记录";
        MethodForm: "A form", "表单";
        MethodContract: "A contract", "合同";
        MethodSpoken: "Spoken, noted down", "口头并记录";
        MethodImported: "Came with imported data", "随导入数据而来";
        MethodAssessment: "Own assessment, written down", "书面评估";
        ColumnSince: "Customer since (day)", "成为客户的日期";
        ColumnOrders: "Number of orders", "订单数";
        ColumnSpent: "Sum spent", "消费总额";
        ColumnFirst: "First order (day)", "首次下单日期";
        ColumnLast: "Latest order (day)", "最近下单日期";
        ColumnScore: "A model’s score", "模型评分";
        ReasonDevice: "This device is not enrolled, or was revoked.", "此设备未登记或已被撤销。";
        ReasonErased: "The customer was erased.", "该客户已被抹除。";
        ReasonNoGrant: "No consent is given for this purpose.", "此用途没有获得同意。";
        ReasonWithdrawn: "The consent for this purpose was withdrawn.", "此用途的同意已撤回。";
        ReasonNotYet: "The consent does not hold yet.", "同意尚未生效。";
        ReasonExpired: "The consent for this purpose has ended. Give it again.", "此用途的同意已到期。请重新给予。";
        ReasonOther: "The consent was given for other terms or another server. Give it again.", "该同意针对其他条款或服务器。请重新给予。";
        ReasonGroup: "This group is not included in the consent.", "同意不包括此分组。";
        ReasonScope: "The customer is outside the consent’s scope.", "该客户不在同意的范围内。";
        ReasonRestricted: "Processing of this customer is restricted.", "对此客户的处理受到限制。";
        ReasonNoBasis: "No lawful basis is recorded for this customer.", "此客户没有记录合法依据。";
        ReasonRefused: "The customer refused.", "客户已拒绝。";
        ReasonBasisWithdrawn: "The customer withdrew.", "客户已撤回。";
        ReasonObjected: "The customer objected.", "客户已反对。";
        ReasonBasisExpired: "The customer’s basis has ended.", "客户的依据已到期。";
        ReasonBasisKind: "This purpose does not accept that basis.", "此用途不接受该依据。";
        ReasonGpc: "Global Privacy Control stops it.", "被全球隐私控制（GPC）阻止。";
        ReasonClock: "This device’s clock is ahead. Correct it and try again.", "此设备的时钟过快。请校正后重试。";
        ReasonTooLarge: "The change is larger than the server takes.", "该变更超过服务器允许的大小。";
        ReasonUnknown: "The server refused it ({code}).", "服务器拒绝（{code}）。";
        BadgeNothing: "Nothing leaves", "无数据离开";
        BadgeBack: "Taking back", "正在收回";
        BadgeSynced: "Synced", "已同步";
        BadgeWaiting: "{n} to sync|{n} to sync", "{n} 项待同步";
        BadgeSyncing: "Syncing…", "正在同步…";
        BadgeRetry: "Sync waits", "同步等待中";
        BadgeStopped: "Sync stopped", "同步已停止";
        BadgeConflicts: "{n} conflict|{n} conflicts", "{n} 个冲突";
    }
}

/// The name of a purpose; an exchange without one is housekeeping.
pub fn purpose_words(purpose: &str) -> String {
    say(match purpose {
        "backup" => Privacy::PurposeBackup,
        "hosted-report" => Privacy::PurposeReport,
        "" => Privacy::PurposeHousekeeping,
        other => return other.to_owned(),
    })
    .to_owned()
}

/// The name of a lawful basis.
pub fn basis_words(basis: &str) -> &'static str {
    say(match basis {
        "consent" => Privacy::Consent,
        "contract" => Privacy::Contract,
        "legal_obligation" => Privacy::LegalObligation,
        _ => Privacy::LegitimateInterest,
    })
}

/// The name of a basis' state.
pub fn state_words(state: &str) -> &'static str {
    say(match state {
        "given" => Privacy::StateGiven,
        "refused" => Privacy::StateRefused,
        "withdrawn" => Privacy::StateWithdrawn,
        "objected" => Privacy::StateObjected,
        "expired" => Privacy::StateExpired,
        _ => Privacy::StateNone,
    })
}

/// How a basis was obtained.
pub fn method_words(method: &str) -> &'static str {
    say(match method {
        "form" => Privacy::MethodForm,
        "contract" => Privacy::MethodContract,
        "spoken" => Privacy::MethodSpoken,
        "imported" => Privacy::MethodImported,
        _ => Privacy::MethodAssessment,
    })
}

/// The name of a column of the readable lane.
pub fn column_words(column: &str) -> String {
    say(match column {
        "customer_since_day" => Privacy::ColumnSince,
        "orders" => Privacy::ColumnOrders,
        "spent" => Privacy::ColumnSpent,
        "first_order_day" => Privacy::ColumnFirst,
        "last_order_day" => Privacy::ColumnLast,
        "score" => Privacy::ColumnScore,
        other => return other.to_owned(),
    })
    .to_owned()
}

/// Why something may not travel, by its stable key.
pub fn reason_words(reason: &str) -> String {
    match super::codes::find(REASONS, reason) {
        Some(known) => say(known).to_owned(),
        None => super::fill(Privacy::ReasonUnknown, &[("code", reason.replace('-', "_"))]),
    }
}

const REASONS: &[(&str, Privacy)] = &[
    ("device", Privacy::ReasonDevice),
    ("erased", Privacy::ReasonErased),
    ("no-grant", Privacy::ReasonNoGrant),
    ("grant-withdrawn", Privacy::ReasonWithdrawn),
    ("grant-not-yet", Privacy::ReasonNotYet),
    ("grant-expired", Privacy::ReasonExpired),
    ("foreign-grant other-purpose other-server other-lane", Privacy::ReasonOther),
    ("group-not-granted group-never-carried", Privacy::ReasonGroup),
    ("out-of-scope", Privacy::ReasonScope),
    ("restricted", Privacy::ReasonRestricted),
    ("no-basis", Privacy::ReasonNoBasis),
    ("basis-refused", Privacy::ReasonRefused),
    ("basis-withdrawn", Privacy::ReasonBasisWithdrawn),
    ("basis-objected", Privacy::ReasonObjected),
    ("basis-expired", Privacy::ReasonBasisExpired),
    ("basis-not-accepted", Privacy::ReasonBasisKind),
    ("privacy-control", Privacy::ReasonGpc),
    ("clock-ahead", Privacy::ReasonClock),
    ("too-large", Privacy::ReasonTooLarge),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_decision_has_words_of_its_own() {
        for reason in [
            "device",
            "erased",
            "no_grant",
            "foreign_grant",
            "grant_withdrawn",
            "grant_not_yet",
            "grant_expired",
            "other_purpose",
            "other_server",
            "other_lane",
            "group_not_granted",
            "group_never_carried",
            "out_of_scope",
            "restricted",
            "no_basis",
            "basis_refused",
            "basis_withdrawn",
            "basis_objected",
            "basis_expired",
            "basis_not_accepted",
            "privacy_control",
        ] {
            let unknown = super::super::fill(Privacy::ReasonUnknown, &[("code", reason.to_owned())]);
            assert_ne!(reason_words(reason), unknown, "{reason}");
        }
        assert!(reason_words("something_new").contains("something_new"), "an unknown reason is named");
    }
}
