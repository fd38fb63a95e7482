//! The settings.

super::texts! {
    /// Settings.
    Settings {
        Lead: "Keys, storage, language and what leaves this device.", "密钥、存储、语言，以及离开本机的内容。";
        Appearance: "Language and appearance", "语言与外观";
        Security: "Passphrase and locking", "口令与锁定";
        AutoLock: "Lock after", "自动锁定时间";
        AutoLockHint: "Also when this tab is out of sight for five minutes or the device sleeps.", "标签页隐藏五分钟或设备睡眠时也会锁定。";
        Minutes: "{n} minute without activity|{n} minutes without activity", "{n} 分钟无操作";
        ChangeTitle: "Change the passphrase", "更改口令";
        ChangeLead: "The old one stops working at once. The recovery code stays the same.", "旧口令立即失效。恢复码保持不变。";
        Current: "Current passphrase", "当前口令";
        CurrentHint: "Or the recovery code, if the passphrase is lost.", "若忘记口令，可填恢复码。";
        New: "New passphrase", "新口令";
        ChangeAction: "Change passphrase", "更改口令";
        Changed: "The passphrase was changed.", "口令已更改。";
        CodeTitle: "New recovery code", "新的恢复码";
        CodeLead: "Makes a new code. The old one stops working.", "生成新的恢复码，旧的立即失效。";
        CodeAction: "Make a new recovery code", "生成新的恢复码";
        CodeDone: "The new recovery code is in force.", "新的恢复码已生效。";
        Done: "Done", "完成";
        Storage: "Storage", "存储";
        Persist: "Ask the browser to keep it", "请求浏览器保留";
        PersistYes: "The browser will keep the workspace.", "浏览器将保留工作区。";
        PersistNo: "The browser did not promise it. Bookmark or install the app and ask again; and keep a backup.", "浏览器没有承诺保留。请收藏或安装本应用后再试，并保留备份。";
        Reduced: "The passphrase key was made with little memory, so guessing it costs less. Unlock once on a device with more memory and it is made anew.", "口令密钥生成时内存较少，因此猜测成本较低。在内存更充足的设备上解锁一次即可重新生成。";
        BackupTitle: "Backup", "备份";
        BackupLead: "One sealed file with everything in this workspace. It opens only with the passphrase you give it here.", "将此工作区的全部内容封存为一个文件。只有用此处设置的口令才能打开。";
        BackupPassphrase: "Passphrase for the backup", "备份的口令";
        BackupAction: "Download a backup", "下载备份";
        BackupDone: "Backup saved: {size}, read back and verified.", "备份已保存：{size}，已回读校验。";
        RestoreLead: "Replaces this workspace by the one in a backup file. What is here now goes only after the backup has been checked.", "用备份文件中的工作区替换当前工作区。校验备份之后才会移除当前内容。";
        EraseLead: "Removes the workspace, its keys and its files from this device.", "从本机删除工作区及其密钥和文件。";
        EraseAction: "Erase this workspace…", "清除此工作区…";
        About: "What leaves this device", "离开本机的内容";
        AboutComputed: "Files are read, customers are kept and every number is computed in this browser. The page loads its own files and may talk to no other address than its own; the browser enforces that.", "文件的读取、客户的保存和所有计算都在此浏览器中完成。页面只加载自身文件，也只能与自身地址通信，由浏览器强制执行。";
        AboutNothing: "No customer data leaves: no consent is in force.", "没有客户数据离开：当前没有生效的同意。";
        AboutSending: "Customer data leaves for {n} purpose that you consented to.|Customer data leaves for {n} purposes that you consented to.", "客户数据正为您同意的 {n} 个用途离开本机。";
        AboutPrivacy: "See and change it under Privacy", "在“隐私”中查看和更改";
        AboutOffline: "After the first visit it also starts without a network.", "首次访问之后，断网也能启动。";
        AboutBackup: "A backup file leaves only when you download it, and it is sealed.", "只有在您下载时备份文件才会离开，且经过加密。";
        Version: "Version {version}", "版本 {version}";
    }
}
