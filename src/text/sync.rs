//! Sync, devices, conflicts, the network ledger and receipts.

use super::say;

super::texts! {
    /// Sync and its neighbours.
    Sync {
        StateTitle: "Sync", "同步";
        StateNoServer: "Not connected", "未连接";
        StateNoServerHint: "This workspace lives on this device only.", "此工作区只存在于本机。";
        StateOff: "Connected, nothing is granted", "已连接，尚无同意";
        StateOffHint: "Nothing is sent. Once a consent is given, the customers with a lawful basis are.", "不会发送任何内容。给予同意后，具有合法依据的客户才会被发送。";
        StateIdle: "Up to date", "已是最新";
        StateIdleHint: "Everything that may be sent is on the server, and everything on the server is here.", "所有可发送的内容都已在服务器上，服务器上的内容也都在本机。";
        StateWaiting: "{n} change waits to be sent|{n} changes wait to be sent", "{n} 项变更等待发送";
        StateRunning: "Exchanging", "正在交换";
        StateRetry: "Waiting to try again", "等待重试";
        StateStopped: "Stopped", "已停止";
        LastSuccess: "Last complete exchange: {at}", "上次完整交换：{at}";
        NeverSucceeded: "No exchange was completed yet.", "尚未完成过交换。";
        NextAttempt: "Next try: {at}", "下次尝试：{at}";
        SyncNow: "Sync now", "立即同步";
        NotNeeded: "Nothing here is lost: what waits is kept on this device until the server has acknowledged it.", "这里不会丢失任何内容：等待发送的内容会保留在本机，直到服务器确认。";
        ConnectTitle: "Connect to this page’s server", "连接到此页面的服务器";
        ConnectLead: "Asks {origin} for its key and makes a place for this workspace there. It is the first request that is not for a file of the app; it holds keys and dates, no customer data. Nothing is sent until you give a consent.", "向 {origin} 索取密钥，并在那里为此工作区建立位置。这是第一个不为应用文件而发出的请求；其中只有密钥和日期，没有客户数据。在您给予同意之前不会发送任何内容。";
        Connected: "Connected. Nothing is sent until you give a consent.", "已连接。在您给予同意之前不会发送任何内容。";
        ServerTitle: "Server", "服务器";
        CompareFingerprint: "Compare it with what the server’s operator published.", "请与服务器运营者公布的指纹核对。";
        WorkspaceId: "Workspace id", "工作区编号";
        WaitingTitle: "What waits to be sent", "等待发送的内容";
        ParkedTitle: "Changes held back", "被阻止的变更";
        ParkedLead: "These changes are complete here. They are sent once the reason is gone.", "这些变更在本机是完整的。原因消除后即可发送。";
        ParkedNone: "Nothing is held back.", "没有被阻止的变更。";
        ParkedRetry: "Try again", "重试";
        ParkedRetried: "{n} change may be sent now.|{n} changes may be sent now.", "现在有 {n} 项变更可以发送。";
        ParkedWho: "Customer", "客户";
        ParkedWhat: "Group", "分组";
        When: "When", "时间";
        PurposeHead: "Purpose", "用途";
        More: "Show more", "显示更多";
        ConflictsTitle: "Conflicts", "冲突";
        ConflictsLead: "Two devices changed the same part of a customer without knowing of each other. The later change is in force; the other one is kept here until you choose.", "两台设备在互不知情的情况下修改了同一客户的同一部分。较晚的修改已生效，另一份保留在此处等您选择。";
        ConflictsNone: "No conflicts.", "没有冲突。";
        ConflictField: "Field", "字段";
        ConflictInForceOurs: "In force (this device)", "已生效（本机）";
        ConflictInForceTheirs: "In force (other device)", "已生效（另一台设备）";
        ConflictOtherOurs: "Other value (this device)", "另一个值（本机）";
        ConflictOtherTheirs: "Other value (other device)", "另一个值（另一台设备）";
        ConflictUntil: "Kept until {day}", "保留至 {day}";
        ConflictKeep: "Keep what is in force", "保留已生效的值";
        ConflictTake: "Take the other", "采用另一个值";
        ConflictSettled: "Settled.", "已解决。";
        DevicesTitle: "Devices", "设备";
        DeviceThis: "This device", "本机";
        DeviceRevoked: "Revoked", "已撤销";
        DeviceSince: "Since {day}", "自 {day}";
        DeviceSeen: "Last seen {at}", "最近出现于 {at}";
        DeviceCurrent: "Has everything", "已获取全部";
        DevicesOffline: "The server keeps this list and cannot be reached now.", "此列表由服务器保存，现在无法连接。";
        DeviceBehind: "{n} change behind|{n} changes behind", "落后 {n} 项变更";
        Revoke: "Revoke…", "撤销…";
        RevokeTitle: "Revoke this device?", "撤销此设备？";
        RevokeLead: "It can neither send nor fetch from then on, and new keys are made for the devices that stay. What it has already fetched stays on it until it is erased there.", "此后它既不能发送也不能获取，留下的设备会得到新密钥。它已获取的内容仍保留在该设备上，直到在那里清除。";
        RevokeAction: "Revoke device", "撤销设备";
        Revoked: "The device was revoked.", "设备已撤销。";
        Pair: "Pair another device…", "配对另一台设备…";
        PairTitle: "Pair another device", "配对另一台设备";
        PairLead: "On the other device open this address, choose “Join from another device”, and type this code. It works once.", "在另一台设备上打开此网址，选择“从另一台设备加入”，然后输入此代码。代码只能使用一次。";
        PairCode: "Pairing code", "配对码";
        PairPicture: "The pairing code as a QR code: a camera reads it as text to copy.", "配对码的二维码：相机可将其读取为可复制的文本。";
        PairExpires: "Works for another {time}", "剩余有效时间 {time}";
        PairWaiting: "Waiting for the other device…", "正在等待另一台设备…";
        PairJoined: "The other device is in. It fetches the customers now.", "另一台设备已加入，正在获取客户数据。";
        PairRefused: "Somebody without the code tried to join. The offer is void: make a new code.", "有人在没有代码的情况下尝试加入。此代码已作废：请生成新代码。";
        PairExpired: "The ten minutes are over. Make a new code.", "十分钟已过。请生成新代码。";
        PairAgain: "Make a new code", "生成新代码";
        JoinTitle: "Join a workspace from another device", "从另一台设备加入工作区";
        JoinChoice: "Join from another device", "从另一台设备加入";
        JoinChoiceHint: "Type a pairing code and get the same customers here.", "输入配对码，在这里获得相同的客户。";
        JoinLead: "On the other device open Privacy → Sync → Pair another device, and type the code it shows. Joining asks this page’s server: the first request that is not for a file of the app.", "在另一台设备上打开“隐私 → 同步 → 配对另一台设备”，并输入显示的代码。加入时会向此页面的服务器发出请求：这是第一个不为应用文件而发出的请求。";
        JoinCodeHint: "Seven groups of four characters; upper or lower case, with or without hyphens.", "七组、每组四个字符；大小写均可，连字符可省略。";
        JoinAction: "Join", "加入";
        JoinFetching: "Fetching the customers", "正在获取客户数据";
        JoinPassphraseLead: "This device keeps its own sealed copy, so it gets a passphrase of its own.", "此设备保存自己的封存副本，因此需要自己的口令。";
        JoinSkip: "Open the workspace without joining", "不加入，直接打开工作区";
        NetworkLead: "Every request of this workspace that was not for a file of the app, written down before it was sealed and sent.", "此工作区发出的每一个不为应用文件的请求，均在封存和发送之前记录。";
        NetworkEmpty: "Nothing was ever sent", "从未发送过任何内容";
        NetworkEmptyHint: "Once a consent lets something be sent, each exchange is listed here with what was in it.", "当同意允许发送内容时，每次交换及其内容都会列在这里。";
        NetworkRequest: "Request", "请求";
        NetworkGrant: "Grant", "授权";
        NetworkOperations: "Changes", "变更";
        NetworkCustomers: "Customers", "客户";
        NetworkSent: "Sent", "发送";
        NetworkReceived: "Received", "接收";
        NetworkStatus: "Answer", "响应";
        NetworkContent: "Content", "内容";
        NetworkNothing: "It carried nothing about a customer: only the number of a change that is not sent.", "其中没有客户数据：只有一项不再发送的变更的编号。";
        RequestServer: "Asked for the server’s key", "查询服务器密钥";
        RequestPlace: "Made a place for the workspace", "建立工作区位置";
        RequestPush: "Sent changes", "发送变更";
        RequestPull: "Asked for changes", "查询变更";
        RequestLedger: "Read the consents", "读取同意记录";
        RequestEntry: "Recorded a consent or basis", "记录同意或依据";
        RequestWithdraw: "Withdrew", "撤回";
        RequestErase: "Had copies erased", "抹除副本";
        RequestDevices: "Asked for the devices", "查询设备";
        RequestRevoke: "Revoked a device", "撤销设备";
        RequestPair: "Paired a device", "配对设备";
        RequestReceipts: "Asked for receipts", "查询回执";
        NetworkNoAnswer: "no answer", "无响应";
        NetworkInside: "What was in it", "内容";
        NetworkInsideOf: "What was in the request of {at}", "{at} 的请求内容";
        NetworkShown: "The first {n} of {total} rows.|The first {n} of {total} rows.", "共 {total} 行，显示前 {n} 行。";
        NetworkExport: "Export as CSV", "导出为 CSV";
        ReceiptsLead: "Signed proof of every consent, exchange, withdrawal and erasure. Anybody can check one with “stillroom verify”.", "每次同意、交换、撤回和抹除的签名凭证。任何人都可以用“stillroom verify”核对。";
        ReceiptsNone: "No receipts yet", "还没有回执";
        ReceiptsNoneHint: "Each consent, exchange, withdrawal and erasure leaves one here.", "每次同意、交换、撤回和抹除都会在此留下一份。";
        ReceiptConsent: "Consent", "同意";
        ReceiptSync: "Exchange", "交换";
        ReceiptWithdrawal: "Withdrawal", "撤回";
        ReceiptErasure: "Erasure", "抹除";
        ReceiptComplete: "Complete", "已完成";
        ReceiptPending: "Under way", "进行中";
        ReceiptBoth: "Signed here and by the server", "本机与服务器均已签名";
        ReceiptOurs: "Signed here", "本机已签名";
        ReceiptDownload: "Download JSON", "下载 JSON";
        RecordTitle: "Record of processing activities", "处理活动记录";
        RecordLead: "What Article 30 GDPR asks every business to keep: purposes, groups, bases, recipients, retention.", "GDPR 第 30 条要求保存的记录：用途、分组、依据、接收方和保存期限。";
        RecordAction: "Download the record", "下载记录";
        ProblemOffline: "This device is offline or the server does not answer. It is tried again by itself.", "本机已离线或服务器没有响应。会自动重试。";
        ProblemNoServer: "This page’s server offers no sync.", "此页面的服务器不提供同步。";
        ProblemToken: "The server does not let this device in any more: it was revoked, or it was away too long. Pair it again from another device. Everything here is still here.", "服务器不再接受此设备：它已被撤销或离线过久。请从另一台设备重新配对。本机的内容依然完整。";
        ProblemVersion: "The server speaks another version. Update the app, or ask the server’s operator to update.", "服务器使用其他版本。请更新本应用，或请服务器运营者更新。";
        ProblemFull: "The server has no room left for this workspace. Ask its operator; what waits is kept here.", "服务器已没有空间。请联系其运营者；等待发送的内容保留在本机。";
        ProblemBusy: "The server is busy. It is tried again by itself.", "服务器繁忙。会自动重试。";
        ProblemServer: "The server has a fault of its own. Tell its operator; what waits is kept here.", "服务器自身出现故障。请告知其运营者；等待发送的内容保留在本机。";
        ProblemHistory: "The server shows another history than before, as if it had been set back or swapped. Do not go on with it before its operator has explained. What is on this device is complete.", "服务器显示的历史与之前不同，像是被回退或替换。在运营者说明之前请不要继续。本机的内容是完整的。";
        ProblemClock: "This device’s clock is more than five minutes off. Correct it; the rest is done by itself.", "此设备的时钟误差超过五分钟。请校正时钟，其余会自动完成。";
        ProblemClosed: "The server takes no new workspaces.", "服务器不接受新的工作区。";
        ProblemRefused: "The server could not use what was sent. Update the app and try again; what waits is kept here.", "服务器无法处理所发送的内容。请更新应用后重试；等待发送的内容保留在本机。";
        ProblemOtherCode: "That is a recovery code. A pairing code is shown on the other device under Privacy → Sync.", "这是恢复码。配对码显示在另一台设备的“隐私 → 同步”中。";
        ProblemOffer: "No offer with this code waits. It was used, has ended, or was made void: make a new code on the other device.", "没有使用此代码的配对邀请。它可能已使用、已过期或已作废：请在另一台设备上生成新代码。";
        ProblemNotEmpty: "This workspace already holds customers. Join from a new, empty one.", "此工作区已有客户。请从新的空工作区加入。";
        ProblemRestored: "This workspace came from a backup file, so the server does not know it as a device. Pair this device from another one of yours, or connect again. Everything here is still here.", "此工作区来自备份文件，服务器不认识这台设备。请从您的另一台设备配对，或重新连接。本机的内容依然完整。";
        ProblemCopied: "Another device works under this device’s name, as after copying a profile. Pair this one anew. Everything here is still here.", "另一台设备正以本机的名义工作，可能是因为复制了配置文件。请重新配对本机。本机的内容依然完整。";
        ProblemNotConnected: "Connect to a server first.", "请先连接到服务器。";
        ProblemConnected: "This workspace is connected to a server already.", "此工作区已连接到服务器。";
        ProblemGranted: "This consent is in force already. Withdraw it first to give it anew.", "此项同意已生效。如需重新给予，请先撤回。";
        ProblemNoGrant: "This consent is not in force any more: there is nothing to withdraw.", "此项同意已不再生效，无可撤回。";
        ProblemBasis: "This purpose does not accept that basis. Choose another one.", "此用途不接受该依据。请选择其他依据。";
        ProblemNotAllowed: "No consent lets this be sent. See Privacy → Consent.", "没有同意允许发送此内容。请见“隐私 → 同意”。";
        ProblemOutbox: "What waits to be sent cannot be read any more, so nothing is sent. The customers here are complete: make a backup file, restore it, and pair this device again.", "等待发送的内容已无法读取，因此不会发送任何内容。本机的客户数据是完整的：请备份到文件，恢复该备份，然后重新配对本机。";
        ProblemContent: "Another device works with a newer version of this app. Update this one to read what it sent; nothing is lost meanwhile.", "另一台设备使用较新版本的应用。请更新本机以读取其内容；期间不会丢失任何数据。";
        ProblemMoved: "Another device was faster. This is done again by itself.", "另一台设备抢先一步。此操作会自动重做。";
        ProblemLastDevice: "The last device cannot be revoked. To leave the server, withdraw the consents here.", "不能撤销最后一台设备。如需离开服务器，请在此撤回同意。";
        ProblemOwnDevice: "A device does not revoke itself. Revoke it from another one, or erase the workspace here.", "设备不能撤销自身。请从另一台设备撤销，或在此清除工作区。";
        ProblemKeys: "The keys of this device do not fit those of the others. Pair it again. Everything here is still here.", "此设备的密钥与其他设备不一致。请重新配对。本机的内容依然完整。";
        ProblemAddress: "Sync needs a page whose address begins with https.", "同步要求页面网址以 https 开头。";
    }
}

/// What stands in the way, by its stable code; `None` for a code that has no words here.
pub fn problem_words(code: &str) -> Option<&'static str> {
    super::codes::find(PROBLEMS, code).map(say)
}

const PROBLEMS: &[(&str, Sync)] = &[
    ("offline timed-out too-slow", Sync::ProblemOffline),
    ("no-server", Sync::ProblemNoServer),
    ("unauthorized not-enrolled device unknown-device", Sync::ProblemToken),
    ("newer-content malformed-content", Sync::ProblemContent),
    ("version update server-unreadable", Sync::ProblemVersion),
    ("full", Sync::ProblemFull),
    ("busy slow-down", Sync::ProblemBusy),
    ("storage corrupt server-failed server-refused", Sync::ProblemServer),
    (
        "fork forked rollback rolled-back withheld broken-chain broken-ledger bad-signature \
         other-workspace replayed forged lost-operation unsigned-erasure unfit-operation \
         equivocation refused-void malformed-answer other-server",
        Sync::ProblemHistory,
    ),
    ("clock-ahead", Sync::ProblemClock),
    ("registration-closed", Sync::ProblemClosed),
    (
        "request-refused malformed media-type too-large headers-too-large cross-site method gap",
        Sync::ProblemRefused,
    ),
    ("other-code", Sync::ProblemOtherCode),
    ("offer-gone", Sync::ProblemOffer),
    ("not-empty workspace-not-empty", Sync::ProblemNotEmpty),
    ("already-connected already-synced", Sync::ProblemConnected),
    ("grant-exists", Sync::ProblemGranted),
    ("no-grant", Sync::ProblemNoGrant),
    ("basis-not-accepted", Sync::ProblemBasis),
    ("not-allowed", Sync::ProblemNotAllowed),
    ("broken-outbox outbox-damaged unknown-operation", Sync::ProblemOutbox),
    ("exists head-moved ledger-moved resync-required", Sync::ProblemMoved),
    ("own-device", Sync::ProblemOwnDevice),
    ("last-device", Sync::ProblemLastDevice),
    ("no-such-epoch epoch-taken epoch-out-of-range weak-public-key", Sync::ProblemKeys),
    ("origin-unusable", Sync::ProblemAddress),
    ("not-connected not-synced", Sync::ProblemNotConnected),
    ("restored", Sync::ProblemRestored),
    ("copied-device", Sync::ProblemCopied),
];

/// What a request was for, in words; as it is for one that has none.
pub fn request_words(request: &str) -> String {
    let (method, path) = request.split_once(" /v1/").unwrap_or_default();
    let end = path.split('/').next().unwrap_or_default();
    say(match (method, end) {
        ("GET", "server") => Sync::RequestServer,
        ("POST", "workspaces") => Sync::RequestPlace,
        (_, "push") => Sync::RequestPush,
        (_, "pull" | "poke") => Sync::RequestPull,
        ("GET", "consent") => Sync::RequestLedger,
        _ if path == "consent/withdraw" => Sync::RequestWithdraw,
        (_, "consent") => Sync::RequestEntry,
        (_, "erase") => Sync::RequestErase,
        ("GET", "devices") => Sync::RequestDevices,
        (_, "devices") => Sync::RequestRevoke,
        (_, "pair") => Sync::RequestPair,
        (_, "receipts") => Sync::RequestReceipts,
        _ => return request.to_owned(),
    })
    .to_owned()
}

/// What a receipt is about.
pub fn receipt_words(kind: &str) -> String {
    say(match kind {
        "consent" => Sync::ReceiptConsent,
        "sync" => Sync::ReceiptSync,
        "withdrawal" => Sync::ReceiptWithdrawal,
        "erasure" => Sync::ReceiptErasure,
        other => return other.to_owned(),
    })
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_problem_is_answered_by_losing_data() {
        for code in
            ["offline", "unauthorized", "full", "rollback", "storage", "malformed", "clock_ahead", "version"]
        {
            let words = problem_words(code).expect("the code has words").to_lowercase();
            assert!(!words.contains("reset") && !words.contains("erase"), "{code}: {words}");
        }
        assert_eq!(problem_words("something-else"), None);
    }

    #[test]
    fn requests_are_told_in_words_and_unknown_ones_as_they_are() {
        for (request, words) in [
            ("POST /v1/push", Sync::RequestPush),
            ("GET /v1/consent/head", Sync::RequestLedger),
            ("POST /v1/consent", Sync::RequestEntry),
            ("POST /v1/consent/withdraw", Sync::RequestWithdraw),
            ("DELETE /v1/devices/{id}", Sync::RequestRevoke),
            ("POST /v1/pair/claim", Sync::RequestPair),
        ] {
            assert_eq!(request_words(request), say(words), "{request}");
        }
        for request in ["PUT /v2/unheard-of", "GET /v1/unheard-of"] {
            assert_eq!(request_words(request), request);
        }
    }
}
