//! The readable form, read by recursive descent over characters; every refusal says where and what was expected.
//!
//! ```text
//! either    = both { "or" both }
//! both      = single { "and" single }
//! single    = "not" single | "(" either ")" | "everything" | "nothing" | condition
//! condition = field ( sign value | "contains" text | "starts" "with" text | "is" ["not"] "missing"
//!                   | ["not"] "in" "(" value { "," value } ")" | "between" value "and" value )
//! sign      = "=" | "≠" | "!=" | "<>" | "<" | "≤" | "<=" | ">" | "≥" | ">="
//! value     = text | number | 2011-12-09 | 2011-12-09T10:15:00Z | "true" | "false"
//! ```

use super::print::RESERVED;
use super::{Comparison, Filter, Literal, MAX_DEPTH};
use crate::{Error, FieldKey, Result, date};

/// Reads a whole filter.
pub(super) fn parse(text: &str) -> Result<Filter> {
    let mut parser = Parser { letters: text.chars().collect(), position: 0, depth: 0 };
    let filter = parser.either()?;
    parser.skip_space();
    if parser.position < parser.letters.len() {
        return Err(parser.expected("and, or, or the end"));
    }
    Ok(filter)
}

struct Parser {
    letters: Vec<char>,
    position: usize,
    depth: usize,
}

impl Parser {
    fn either(&mut self) -> Result<Filter> {
        let mut parts = vec![self.both()?];
        while self.take_word("or") {
            parts.push(self.both()?);
        }
        Ok(Filter::Or(parts).unwrapped())
    }

    fn both(&mut self) -> Result<Filter> {
        let mut parts = vec![self.single()?];
        while self.take_word("and") {
            parts.push(self.single()?);
        }
        Ok(Filter::And(parts).unwrapped())
    }

    fn single(&mut self) -> Result<Filter> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::FilterTooDeep);
        }
        let filter = if self.take_word("not") {
            Filter::Not(Box::new(self.single()?))
        } else if self.take_sign("(") {
            let inner = self.either()?;
            self.require_sign(")", "a closing bracket")?;
            inner
        } else if self.take_word("everything") {
            Filter::And(Vec::new())
        } else if self.take_word("nothing") {
            Filter::Or(Vec::new())
        } else {
            self.condition()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn condition(&mut self) -> Result<Filter> {
        let field = self.field()?;
        if let Some(is) = self.take_comparison() {
            return Ok(Filter::Compare { field, is, value: self.value()? });
        }
        if self.take_word("contains") {
            return Ok(Filter::Contains { field, text: self.text()? });
        }
        if self.take_word("starts") {
            self.require_word("with", "with")?;
            return Ok(Filter::StartsWith { field, text: self.text()? });
        }
        if self.take_word("is") {
            let is_negated = self.take_word("not");
            self.require_word("missing", "missing")?;
            return Ok(negated(Filter::Missing { field }, is_negated));
        }
        if self.take_word("between") {
            let low = self.value()?;
            self.require_word("and", "and")?;
            return Ok(Filter::Between { field, low, high: self.value()? });
        }
        let is_negated = self.take_word("not");
        self.require_word("in", "=, ≠, <, ≤, >, ≥, contains, starts with, is missing, in or between")?;
        Ok(negated(Filter::In { field, values: self.list()? }, is_negated))
    }

    fn list(&mut self) -> Result<Vec<Literal>> {
        self.require_sign("(", "an opening bracket")?;
        let mut values = Vec::new();
        while !self.take_sign(")") {
            if !values.is_empty() {
                self.require_sign(",", "a comma or a closing bracket")?;
            }
            values.push(self.value()?);
        }
        Ok(values)
    }

    fn field(&mut self) -> Result<FieldKey> {
        self.skip_space();
        let start = self.position;
        let key = if self.take_sign("`") {
            let key = self.take_while(|letter| letter != '`');
            self.require_sign("`", "a closing backtick")?;
            key
        } else {
            self.take_while(is_word_letter)
        };
        let is_bare_keyword = self.letters.get(start) != Some(&'`') && is_reserved(&key);
        match FieldKey::new(key) {
            Ok(field) if !is_bare_keyword => Ok(field),
            _ => {
                self.position = start;
                Err(self.expected("a field name"))
            }
        }
    }

    fn value(&mut self) -> Result<Literal> {
        if self.take_word("true") {
            return Ok(Literal::Boolean(true));
        }
        if self.take_word("false") {
            return Ok(Literal::Boolean(false));
        }
        self.skip_space();
        match self.letters.get(self.position) {
            Some('"' | '\'') => self.text().map(Literal::Text),
            Some('0'..='9' | '-' | '+' | '.') => self.number_or_date(),
            _ => Err(self.expected("a text in quotes, a number, a date, true or false")),
        }
    }

    fn number_or_date(&mut self) -> Result<Literal> {
        let start = self.position;
        let word = self.take_while(|letter| letter.is_ascii_alphanumeric() || "+-.:".contains(letter));
        if let Ok(millis) = date::read_millis(&word) {
            return Ok(Literal::Time { millis });
        }
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Literal::Number(number)),
            _ => {
                self.position = start;
                Err(self.expected("a number, or a date such as 2011-12-09"))
            }
        }
    }

    fn text(&mut self) -> Result<String> {
        self.skip_space();
        let quote = match self.letters.get(self.position) {
            Some(quote @ ('"' | '\'')) => *quote,
            _ => return Err(self.expected("a text in quotes")),
        };
        self.position += 1;
        let mut text = String::new();
        while let Some(letter) = self.letters.get(self.position).copied() {
            self.position += 1;
            match letter {
                _ if letter == quote => return Ok(text),
                '\\' => {
                    let escaped = self.letters.get(self.position).copied();
                    text.push(escaped.ok_or_else(|| self.expected("a closing quote"))?);
                    self.position += 1;
                }
                _ => text.push(letter),
            }
        }
        Err(self.expected("a closing quote"))
    }

    fn take_comparison(&mut self) -> Option<Comparison> {
        const SIGNS: [(&str, Comparison); 10] = [
            ("!=", Comparison::NotEqual),
            ("<>", Comparison::NotEqual),
            ("≠", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            ("≤", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("≥", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        SIGNS.into_iter().find(|(sign, _)| self.take_sign(sign)).map(|(_, comparison)| comparison)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        self.skip_space();
        let rest = self.letters.get(self.position..).unwrap_or_default();
        let n_letters = sign.chars().count();
        let is_there = rest.len() >= n_letters && rest.iter().copied().zip(sign.chars()).all(|(a, b)| a == b);
        if is_there {
            self.position += n_letters;
        }
        is_there
    }

    fn require_sign(&mut self, sign: &str, expected: &'static str) -> Result<()> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let start = self.position;
        if self.take_while(is_word_letter).eq_ignore_ascii_case(word) {
            return true;
        }
        self.position = start;
        false
    }

    fn require_word(&mut self, word: &str, expected: &'static str) -> Result<()> {
        if self.take_word(word) { Ok(()) } else { Err(self.expected(expected)) }
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> String {
        let rest = self.letters.get(self.position..).unwrap_or_default();
        let taken: String = rest.iter().copied().take_while(|letter| accepts(*letter)).collect();
        self.position += taken.chars().count();
        taken
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn expected(&mut self, expected: &'static str) -> Error {
        self.skip_space();
        Error::FilterSyntax { position: self.position, expected }
    }
}

impl Filter {
    /// A list of one is what it holds.
    fn unwrapped(self) -> Self {
        match self {
            Filter::And(mut parts) | Filter::Or(mut parts) if parts.len() == 1 => parts.remove(0),
            filter => filter,
        }
    }
}

fn negated(filter: Filter, is_negated: bool) -> Filter {
    if is_negated { Filter::Not(Box::new(filter)) } else { filter }
}

fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '.'
}

fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}
