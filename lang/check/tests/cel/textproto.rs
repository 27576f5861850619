//! As much of the text format of protocol buffers as files of test cases have.

use std::str::Chars;

/// A value of the format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// What stands in quotes, without them.
    Text(String),
    /// A number or a word.
    Word(String),
    /// Fields in order; one that is repeated is there several times.
    Message(Vec<(String, Node)>),
}

impl Node {
    /// All values of a field.
    pub(crate) fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Node> {
        let fields = match self {
            Node::Message(fields) => &fields[..],
            Node::Text(_) | Node::Word(_) => &[],
        };
        fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value)
    }

    /// The first value of a field.
    pub(crate) fn get<'n>(&'n self, name: &'n str) -> Option<&'n Node> {
        self.all(name).next()
    }

    /// A text or a word as it stands.
    pub(crate) fn text(&self) -> &str {
        match self {
            Node::Text(text) | Node::Word(text) => text,
            Node::Message(_) => "",
        }
    }
}

/// Reads a file. What the format does not allow is left out or read as it may be.
pub(crate) fn parse(text: &str) -> Node {
    Parser { rest: text.chars() }.fields()
}

struct Parser<'t> {
    rest: Chars<'t>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    /// Whether the next character is this, which is then taken.
    fn takes(&mut self, expected: char) -> bool {
        self.blank();
        let found = self.peek() == Some(expected);
        if found {
            self.rest.next();
        }
        found
    }

    fn blank(&mut self) {
        while let Some(next) = self.peek() {
            match next {
                '#' => _ = self.rest.by_ref().find(|it| *it == '\n'),
                ',' | ';' => _ = self.rest.next(),
                _ if next.is_whitespace() => _ = self.rest.next(),
                _ => break,
            }
        }
    }

    fn fields(&mut self) -> Node {
        let mut fields = Vec::new();
        while !self.takes('}') && self.peek().is_some() {
            let name = self.word();
            self.takes(':');
            if name.is_empty() && self.rest.next().is_none() {
                break;
            }
            if self.takes('[') {
                while !self.takes(']') && self.peek().is_some() {
                    fields.push((name.clone(), self.value()));
                }
            } else {
                fields.push((name, self.value()));
            }
        }
        Node::Message(fields)
    }

    fn value(&mut self) -> Node {
        if self.takes('{') {
            return self.fields();
        }
        let mut text = None;
        while let Some(quote @ ('"' | '\'')) = self.peek() {
            self.rest.next();
            text.get_or_insert_with(String::new).push_str(&self.quoted(quote));
            self.blank();
        }
        text.map_or_else(|| Node::Word(self.word()), Node::Text)
    }

    /// A name or a number; a name of an extension with its brackets.
    fn word(&mut self) -> String {
        self.blank();
        let mut word = String::new();
        let mut depth = 0;
        while let Some(next) = self.peek() {
            match next {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            let is_part = next.is_alphanumeric() || "_.-+".contains(next);
            if depth < 0 || !(is_part || depth > 0 || (next == ']' && depth == 0)) {
                break;
            }
            word.push(next);
            self.rest.next();
        }
        word
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut bytes = Vec::new();
        let mut buffer = [0; 4];
        while let Some(next) = self.rest.next().filter(|next| *next != quote) {
            let escaped = if next == '\\' { self.rest.next() } else { None };
            match escaped {
                None => bytes.extend_from_slice(next.encode_utf8(&mut buffer).as_bytes()),
                Some('n') => bytes.push(b'\n'),
                Some('t') => bytes.push(b'\t'),
                Some('r') => bytes.push(b'\r'),
                Some('a') => bytes.push(7),
                Some('b') => bytes.push(8),
                Some('f') => bytes.push(12),
                Some('v') => bytes.push(11),
                Some('x') => bytes.extend(self.code(16, 2, String::new())),
                Some('u') => bytes.extend(self.character(4)),
                Some('U') => bytes.extend(self.character(8)),
                Some(first @ '0'..='7') => bytes.extend(self.code(8, 2, first.to_string())),
                Some(other) => {
                    bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The bytes of a character by its number, of so many digits.
    fn character(&mut self, digits: usize) -> Vec<u8> {
        let digits: String = self.rest.by_ref().take(digits).collect();
        let character = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
        character.map(String::from).unwrap_or_default().into_bytes()
    }

    /// A byte of at most so many more digits.
    fn code(&mut self, radix: u32, more: usize, mut digits: String) -> Option<u8> {
        for _ in 0..more {
            let Some(digit) = self.peek().filter(|it| it.is_digit(radix)) else { break };
            digits.push(digit);
            self.rest.next();
        }
        u8::from_str_radix(&digits, radix).ok()
    }
}
