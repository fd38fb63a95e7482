//! What a person reads before a grant is given. The page shows this text and the grant holds its SHA-256, so that what was
//! agreed to can be told later, word for word. Changing a text asks for a new version of the purpose's terms.

/// The notice of a purpose in the version `version` of its terms: in Simplified Chinese for `zh-CN`, else in English. `None`
/// for a purpose or version there is none of.
#[must_use]
pub fn notice(purpose: &str, version: u32, language: &str) -> Option<&'static str> {
    let (english, chinese) = match (purpose, version) {
        ("backup", 1) => (BACKUP_ENGLISH, BACKUP_CHINESE),
        ("hosted-report", 1) => (REPORT_ENGLISH, REPORT_CHINESE),
        _ => return None,
    };
    Some(if language == "zh-CN" { chinese } else { english })
}

const BACKUP_ENGLISH: &str = "Copies of the chosen groups of your customers’ data go to the server named here, so that \
your own devices hold the same data and a lost device loses nothing. They are sealed on this device: the server keeps them and \
cannot read them. It can see how many customers and groups there are, their size in steps, and when they change. It keeps the \
copies until you withdraw, at most 400 days after they were sent. Only customers with a lawful basis for this purpose are \
included. You can withdraw at any time in this place, without a network too: sending stops at once, and the server deletes its \
copies with the next exchange.";

const BACKUP_CHINESE: &str = "您所选分组的客户数据副本会发送到此处列出的服务器，使您自己的设备保持一致，丢失一台设备也不会丢失数据。\
副本在本机封存：服务器只保存，无法读取。它能看到客户和分组的数量、按档取整的大小以及变更时间。副本保存到您撤回为止，最长为发送后 400 天。\
只包括对此用途有合法依据的客户。您可随时在此处撤回，断网时也可以：发送立即停止，服务器在下一次交换时删除其副本。";

const REPORT_ENGLISH: &str = "The numbers listed here go to the server named here, for customers with a lawful basis for this \
purpose, each under a pseudonym made for it. The operator of the server can read them. Names, addresses, contact details and \
notes are never included, but behaviour can point to a person. Customers who sent Global Privacy Control are left out. The \
server keeps the numbers for 90 days. You can withdraw at any time in this place, without a network too: sending stops at once, \
and the server deletes the numbers with the next exchange.";

const REPORT_CHINESE: &str = "对此用途有合法依据的客户，其此处列出的数字会以专为此用途生成的假名发送到此处列出的服务器。服务器的运营者可以读取这些数字。\
姓名、地址、联系方式和备注从不包括在内，但行为数据可能指向某个人。发出全球隐私控制（GPC）信号的客户不包括在内。服务器保存这些数字 90 天。\
您可随时在此处撤回，断网时也可以：发送立即停止，服务器在下一次交换时删除这些数字。";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_a_notice_in_both_languages_and_no_other_has_one() {
        for purpose in ["backup", "hosted-report"] {
            let english = notice(purpose, 1, "en").expect("a notice");
            let chinese = notice(purpose, 1, "zh-CN").expect("a notice");
            assert!(english.contains("withdraw"), "{purpose}");
            assert!(chinese.chars().filter(|letter| !letter.is_ascii()).count() > 100, "{purpose}");
            assert_eq!(notice(purpose, 1, "fr"), Some(english));
            assert_eq!(notice(purpose, 2, "en"), None);
        }
        assert_eq!(notice("team", 1, "en"), None);
    }

    #[test]
    fn the_notices_state_the_days_of_the_terms() {
        for (purpose, days) in [("backup", "400"), ("hosted-report", "90")] {
            for language in ["en", "zh-CN"] {
                assert!(
                    notice(purpose, 1, language).is_some_and(|text| text.contains(days)),
                    "{purpose} {language}"
                );
            }
        }
    }
}
