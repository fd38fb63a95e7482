//! Words for what did not fit in an imported row.

use super::say;

super::texts! {
    /// Row issues.
    Issue {
        TooFewCells: "too few columns in this row", "此行列数太少";
        TooManyCells: "too many columns in this row", "此行列数太多";
        StrayQuote: "a quotation mark in the middle of a value", "值中间有引号";
        UnclosedQuote: "a quotation mark that never closes", "引号没有闭合";
        InvalidEncoding: "characters that cannot be read in this encoding", "含有此编码无法读取的字符";
        CellTooLong: "a value longer than allowed", "值过长";
        RecordTooLong: "a row longer than allowed", "行过长";
        TooManyColumns: "more columns than allowed", "列数超出上限";
        FooterLine: "a footer line, not a row", "页脚行，不是数据";
        EmptyRow: "an empty row", "空行";
        RequiredEmpty: "a needed value is missing", "缺少必需的值";
        NotANumber: "not a number", "不是数字";
        NotADate: "not a date", "不是日期";
        NotABoolean: "neither yes nor no", "既不是“是”也不是“否”";
        NotAnEmail: "not an e-mail address", "不是电子邮箱地址";
        DuplicateId: "the same customer id again", "客户编号重复";
        KindRow: "the whole row", "整行";
        KindEmpty: "nothing", "空";
        KindNumber: "a number", "数字";
        KindDate: "a date", "日期";
        KindBoolean: "yes or no", "是/否";
        KindEmail: "an e-mail address", "电子邮箱";
        KindText: "text", "文本";
    }
}

/// Why a row or cell is listed, by its code; the code itself when it is not known.
pub fn issue_words(code: &str) -> String {
    let words = match code {
        "too_few_cells" => Issue::TooFewCells,
        "too_many_cells" => Issue::TooManyCells,
        "stray_quote" => Issue::StrayQuote,
        "unclosed_quote" => Issue::UnclosedQuote,
        "invalid_encoding" => Issue::InvalidEncoding,
        "cell_too_long" => Issue::CellTooLong,
        "record_too_long" => Issue::RecordTooLong,
        "too_many_columns" => Issue::TooManyColumns,
        "footer_line" => Issue::FooterLine,
        "empty_row" => Issue::EmptyRow,
        "required_empty" => Issue::RequiredEmpty,
        "not_a_number" => Issue::NotANumber,
        "not_a_date" => Issue::NotADate,
        "not_a_boolean" => Issue::NotABoolean,
        "not_an_email" => Issue::NotAnEmail,
        "duplicate_id" | "duplicate_external_id" => Issue::DuplicateId,
        _ => return code.to_owned(),
    };
    say(words).to_owned()
}

/// What kind of value stood there, by its code.
pub fn value_kind_words(code: &str) -> &'static str {
    say(match code {
        "row" => Issue::KindRow,
        "empty" => Issue::KindEmpty,
        "number" => Issue::KindNumber,
        "date" => Issue::KindDate,
        "boolean" => Issue::KindBoolean,
        "email" => Issue::KindEmail,
        _ => Issue::KindText,
    })
}
