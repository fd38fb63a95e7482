//! What stands on every page: navigation, states, buttons.

super::texts! {
    /// The shell and the parts every page uses.
    Shell {
        SkipToContent: "Skip to content", "跳到正文";
        MainNavigation: "Main", "主导航";
        Overview: "Overview", "概览";
        Import: "Import", "导入";
        Customers: "Customers", "客户";
        Segments: "Segments", "分群";
        Recommend: "Recommend", "推荐";
        Predict: "Predict", "预测";
        Models: "Models", "模型";
        Settings: "Settings", "设置";
        Privacy: "Privacy", "隐私";
        NotFound: "Page not found", "找不到页面";
        NotFoundHint: "Nothing lives at this address. The overview is a good place to start again.", "这个地址下没有内容。请从概览重新开始。";
        BackToOverview: "Go to the overview", "回到概览";
        Lock: "Lock", "锁定";
        LockHint: "Lock the workspace", "锁定工作区";
        LanguageLabel: "Language", "语言";
        ThemeLabel: "Theme", "主题";
        ThemeSystem: "System", "跟随系统";
        ThemeLight: "Light", "浅色";
        ThemeDark: "Dark", "深色";
        StoragePersistent: "Saved on this device", "已保存在本机";
        StoragePersistentHint: "The workspace is encrypted and stays until you remove it.", "工作区已加密，在您删除之前会一直保留。";
        StorageBestEffort: "Saved, may be evicted", "已保存，可能被清除";
        StorageBestEffortHint: "The workspace is encrypted on this device. The browser may remove it when space runs short; ask it to keep it in Settings.", "工作区已加密保存在本机。空间不足时浏览器可能清除它；可在设置中请求保留。";
        StorageMemory: "In memory only", "仅在内存中";
        StorageMemoryHint: "This browser gives no storage here. Everything is gone when the tab closes: take a backup before you leave.", "此浏览器不提供存储。关闭标签页后一切都会消失：离开前请先备份。";
        MemoryTitle: "This workspace lives in memory", "此工作区只存在于内存中";
        TakeBackup: "Take a backup", "立即备份";
        UpdateReady: "A new version is ready.", "新版本已就绪。";
        UpdateNow: "Update now", "立即更新";
        UpdateElsewhere: "Another tab runs a newer version. Reload to use it here.", "另一个标签页已运行新版本。重新加载即可使用。";
        Reload: "Reload", "重新加载";
        Later: "Later", "稍后";
        Cancel: "Cancel", "取消";
        Stopping: "Stopping…", "正在停止…";
        Close: "Close", "关闭";
        Save: "Save", "保存";
        Back: "Back", "返回";
        TryAgain: "Try again", "重试";
        Copy: "Copy", "复制";
        Copied: "Copied", "已复制";
        CopyRefused: "The browser did not allow copying. Select the text and copy it by hand.", "浏览器不允许复制。请选中文字后手动复制。";
        Download: "Download", "下载";
        Reveal: "Show", "显示";
        Conceal: "Hide", "隐藏";
        Loading: "Loading…", "正在加载…";
        Working: "Working…", "正在处理…";
        SomethingFailed: "That did not work", "操作未成功";
        ErrorCode: "Code: {code}", "代码：{code}";
        ProgressOf: "{done} of {total}", "{done} / {total}";
        ProgressSoFar: "{done} so far", "已完成 {done}";
        NoValue: "—", "—";
        Yes: "Yes", "是";
        No: "No", "否";
        Notifications: "Notifications", "通知";
        Starting: "Starting the engine…", "正在启动引擎…";
        BrokenTitle: "The engine did not start", "引擎未能启动";
        BrokenHint: "Stillroom computes in a worker of this browser, and that worker did not start. Reload the page; if it happens again, update the browser.", "Stillroom 在浏览器的工作线程中计算，而该线程未能启动。请重新加载页面；若仍然如此，请更新浏览器。";
        NothingLeaves: "Nothing leaves this device without your consent", "未经您同意，数据不离开本机";
    }
}
