//! What a Jaguar device has seen of those who talked to it.

/// What a device has seen.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// How many connections there were.
    pub connections: usize,
    /// Connections that came while another one was open at both ends: they had to wait.
    pub waited: usize,
    /// Requests on a connection that had carried one before.
    pub reused: usize,
    /// Connections that stayed open without a request until the device lost patience.
    pub overstayed: usize,
    /// The requests, in their order.
    pub requests: Vec<Request>,
    /// Bytes of the body of `PUT /firmware` that have arrived, of the last such request.
    pub received: usize,
    /// The images that the bootloader took.
    pub images: Vec<Vec<u8>>,
}

/// A request, without its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The fields of its head, their names in small letters.
    pub fields: Vec<(String, String)>,
}

impl Request {
    /// The value of a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Reads a head without the empty line at its end.
    pub(super) fn parse(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let field = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim_start().to_owned()))
        };
        Some(Self { method, path, fields: lines.map(field).collect::<Option<_>>()? })
    }
}
