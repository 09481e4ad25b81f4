//! `export experts`: every entry of the register, every field of it. The columns follow from the contract, so that a field that is
//! added there is in the next export.

use std::sync::OnceLock;

use contract::registry::v1::{Expert, ListExpertsRequest};
use kit_clock::Timestamp;
use prost::Message as _;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};
use serde_json::{Map, Value as Json};

use super::cell::Cell;
use super::sink::Sink;
use super::{SECONDS, done};
use crate::args::ExportExperts;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::Output;

const MESSAGE: &str = "activelist.registry.v1.Expert";
const TIME: &str = "google.protobuf.Timestamp";
const PAGE: i32 = 200;

/// Runs the command.
///
/// # Errors
/// As [`super::run`].
pub(super) async fn run(args: &ExportExperts, out: &mut Output) -> Result<Exit, Failure> {
    let mut sink = Sink::begin(&args.to, columns(), out)?;
    let to = Connection::to(&args.server)?;
    let mut request = ListExpertsRequest { page_size: PAGE, ..ListExpertsRequest::default() };
    loop {
        let page = to.experts().list_experts(within(request.clone(), SECONDS)).await;
        let page = page.map_err(|status| refused(&status))?.into_inner();
        for expert in &page.experts {
            sink.row(&row(expert), out)?;
        }
        if page.next_page_token.is_empty() {
            return done(sink, &args.to, out);
        }
        request.page_token = page.next_page_token;
    }
}

/// The headings: paths of the fields, such as `person.full_name`, in the order of the contract.
pub fn columns() -> Vec<String> {
    let mut columns = Vec::new();
    name(expert(), "", &mut columns);
    columns
}

/// The cells of an expert, in the order of [`columns`].
pub fn row(of: &Expert) -> Vec<Cell> {
    let mut cells = Vec::new();
    // What the contract encodes it decodes.
    let message = DynamicMessage::decode(expert().clone(), of.encode_to_vec().as_slice());
    fill(expert(), message.ok().as_ref(), &mut cells);
    cells
}

fn expert() -> &'static MessageDescriptor {
    static EXPERT: OnceLock<MessageDescriptor> = OnceLock::new();
    EXPERT.get_or_init(|| {
        let pool = DescriptorPool::decode(contract::DESCRIPTORS).expect("a test decodes the contract");
        pool.get_message_by_name(MESSAGE).expect("a test finds the message")
    })
}

/// The message of a field that has columns of its own.
fn parts(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() && message.full_name() != TIME => Some(message),
        _ => None,
    }
}

fn name(message: &MessageDescriptor, path: &str, columns: &mut Vec<String>) {
    for field in message.fields() {
        let path = format!("{path}{}", field.name());
        match parts(&field) {
            Some(inner) => name(&inner, &format!("{path}."), columns),
            None => columns.push(path),
        }
    }
}

fn fill(descriptor: &MessageDescriptor, message: Option<&DynamicMessage>, cells: &mut Vec<Cell>) {
    for field in descriptor.fields() {
        let value = message.filter(|message| message.has_field(&field)).map(|message| message.get_field(&field));
        match (parts(&field), value.as_deref()) {
            (Some(inner), value) => fill(&inner, value.and_then(Value::as_message), cells),
            (None, Some(value)) => cells.push(cell(&field, value)),
            // A field without presence says its default; one with presence says nothing.
            (None, None) if field.supports_presence() || field.is_list() || field.is_map() => cells.push(Cell::Empty),
            (None, None) => cells.push(cell(&field, &Value::default_value_for_field(&field))),
        }
    }
}

fn cell(field: &FieldDescriptor, value: &Value) -> Cell {
    if let (Value::List(values), false) = (value, matches!(field.kind(), Kind::Message(_))) {
        return Cell::Codes(values.iter().map(|value| said(field, value)).collect());
    }
    match value {
        Value::Bool(flag) => Cell::Flag(*flag),
        Value::I32(number) => Cell::Number((*number).into()),
        Value::I64(number) => Cell::Number(*number),
        Value::List(_) | Value::Map(_) => Cell::Parts(json(field, value)),
        value => match said(field, value) {
            text if text.is_empty() => Cell::Empty,
            text => Cell::Text(text),
        },
    }
}

/// One value as text: enums by their name in the contract, times in RFC 3339 as in Japan.
fn said(field: &FieldDescriptor, value: &Value) -> String {
    match (field.kind(), value) {
        (Kind::Enum(of), Value::EnumNumber(number)) => {
            of.get_value(*number).map_or_else(|| number.to_string(), |value| value.name().to_owned())
        }
        (_, Value::String(text)) => text.clone(),
        (_, Value::Bool(flag)) => flag.to_string(),
        (_, Value::I32(number)) => number.to_string(),
        (_, Value::I64(number)) => number.to_string(),
        (_, Value::U32(number)) => number.to_string(),
        (_, Value::U64(number)) => number.to_string(),
        (_, Value::F32(number)) => number.to_string(),
        (_, Value::F64(number)) => number.to_string(),
        (_, Value::Bytes(bytes)) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        (_, Value::Message(message)) if message.descriptor().full_name() == TIME => time(message),
        (_, other) => json(field, other).to_string(),
    }
}

fn time(message: &DynamicMessage) -> String {
    let part =
        |name: &str| message.get_field_by_name(name).and_then(|value| value.as_i64().or(value.as_i32().map(i64::from)));
    let nanos = part("nanos").and_then(|nanos| i32::try_from(nanos).ok()).unwrap_or_default();
    Timestamp::from_parts(part("seconds").unwrap_or_default(), nanos).to_string()
}

fn json(field: &FieldDescriptor, value: &Value) -> Json {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::I32(number) => (*number).into(),
        Value::I64(number) => (*number).into(),
        Value::U32(number) => (*number).into(),
        Value::U64(number) => (*number).into(),
        Value::List(values) => values.iter().map(|value| json(field, value)).collect(),
        Value::Map(map) => {
            let key = |key: &MapKey| Value::from(key.clone());
            let entry = |(of, value): (&MapKey, &Value)| (said(field, &key(of)), json(field, value));
            Json::Object(map.iter().map(entry).collect())
        }
        Value::Message(message) if message.descriptor().full_name() != TIME => {
            let said = message.fields().map(|(inner, value)| (inner.name().to_owned(), json(&inner, value)));
            Json::Object(said.collect::<Map<_, _>>())
        }
        value => said(field, value).into(),
    }
}
