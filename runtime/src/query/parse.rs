//! The text of an [`Expression`], read from left to right. What is wrong has a column.

use serde_json::Value;

use super::{Condition, Expression, Mistake, Operator, Term};

struct Reader<'a> {
    text: &'a str,
    /// In bytes.
    at: usize,
}

/// Longer ones first: `<=` is not `<` and `=`.
const OPERATORS: [(&str, Operator); 6] = [
    ("!=", Operator::Other),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::More),
];

pub(super) fn expression(text: &str) -> Result<Expression, Mistake> {
    let mut reader = Reader { text, at: 0 };
    let mut terms = vec![reader.term()?];
    while reader.eats(",") {
        terms.push(reader.term()?);
    }
    reader.space();
    if reader.rest().is_empty() { Ok(Expression { terms }) } else { Err(reader.expected("`,` or the end")) }
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn eats(&mut self, token: &str) -> bool {
        self.space();
        let eats = self.rest().starts_with(token);
        self.at += if eats { token.len() } else { 0 };
        eats
    }

    fn column(&mut self) -> usize {
        self.space();
        self.text[..self.at].chars().count() + 1
    }

    fn expected(&mut self, what: &str) -> Mistake {
        let column = self.column();
        let found = self.rest().chars().next().map_or("the end".to_owned(), |it| format!("`{it}`"));
        let help = Some("for example: position, !dead, door(angle > 10)".to_owned());
        Mistake { code: "bad_query", column, message: format!("expected {what}, found {found}"), help }
    }

    /// Letters, digits, and what is in `more`.
    fn word(&mut self, more: &str, what: &str) -> Result<String, Mistake> {
        self.space();
        let good = |it: char| it.is_ascii_alphanumeric() || it == '_' || more.contains(it);
        let word: String = self.rest().chars().take_while(|it| good(*it)).collect();
        if word.is_empty() {
            return Err(self.expected(what));
        }
        self.at += word.len();
        Ok(word)
    }

    fn term(&mut self) -> Result<Term, Mistake> {
        let without = self.eats("!");
        let column = self.column();
        let component = self.word("/-", "a component")?;
        let mut conditions = Vec::new();
        if self.eats("(") {
            conditions.push(self.condition()?);
            while self.eats(",") {
                conditions.push(self.condition()?);
            }
            if !self.eats(")") {
                return Err(self.expected("`,` or `)`"));
            }
        }
        Ok(Term { component, column, without, conditions })
    }

    fn condition(&mut self) -> Result<Condition, Mistake> {
        let column = self.column();
        let path = self.word(".", "a field")?.split('.').map(str::to_owned).collect();
        let operator = OPERATORS.iter().find(|(token, _)| self.eats(token)).map(|row| row.1);
        let operator = operator.ok_or_else(|| self.expected("=, !=, <, <=, > or >="))?;
        Ok(Condition { path, column, operator, value: self.value()? })
    }

    /// A number, `true`, `false`, `null`, a text in quotes as JSON has it, or a bare word.
    fn value(&mut self) -> Result<Value, Mistake> {
        self.space();
        if self.rest().starts_with('"') {
            let mut stream = serde_json::Deserializer::from_str(self.rest()).into_iter::<Value>();
            let Some(Ok(value)) = stream.next() else {
                return Err(self.expected("a text that ends with \""));
            };
            self.at += stream.byte_offset();
            return Ok(value);
        }
        let word = self.word("#/.:@+-", "a value")?;
        Ok(serde_json::from_str(&word).unwrap_or(Value::String(word)))
    }
}
