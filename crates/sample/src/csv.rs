//! Writing CSV lines (RFC 4180) with a line feed at the end.

pub(crate) fn push_line(csv: &mut String, fields: &[&str]) {
    for (field_idx, field) in fields.iter().enumerate() {
        if field_idx > 0 {
            csv.push(',');
        }
        push_field(csv, field);
    }
    csv.push('\n');
}

fn push_field(csv: &mut String, field: &str) {
    if field.contains([',', '"', '\n', '\r']) {
        csv.push('"');
        csv.push_str(&field.replace('"', "\"\""));
        csv.push('"');
    } else {
        csv.push_str(field);
    }
}

pub(crate) fn yes_or_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_need_it_are_quoted() {
        let mut csv = String::new();
        push_line(&mut csv, &["a", "b,c", "say \"hi\"", "王伟"]);
        assert_eq!(csv, "a,\"b,c\",\"say \"\"hi\"\"\",王伟\n");
    }
}
