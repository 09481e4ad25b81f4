//! Compiles the contract without protoc, and refuses a method or field that carries no mark.

use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, Kind, MessageDescriptor, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = Vec::new();
    collect(Path::new("activelist"), &mut files)?;
    files.sort();
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;
    // Not `file_descriptor_set()`: that form drops our own options.
    let encoded = compiler.encode_file_descriptor_set();
    let pool = DescriptorPool::decode(encoded.as_slice())?;
    refuse_unmarked(&pool)?;

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("activelist.binpb"), &encoded)?;
    std::fs::write(out.join("paged.rs"), paged(&pool))?;
    // Names: an event's type is the full name of its body.
    let mut config = prost_build::Config::new();
    config.enable_type_names();
    let descriptors = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    tonic_prost_build::configure().bytes(".").compile_fds_with_config(descriptors, config)?;
    println!("cargo:rerun-if-changed=activelist");
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

/// Every method names its callers and every field its kind of data, or the build stops with all that do not.
fn refuse_unmarked(pool: &DescriptorPool) -> Result<(), String> {
    let extension = |name: &str| pool.get_extension_by_name(name).ok_or(format!("{name} is not defined"));
    let access = extension("activelist.options.v1.access")?;
    let data = extension("activelist.options.v1.data")?;
    let mut unmarked = Vec::new();
    for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        if method.full_name().starts_with("activelist.") && !names_a_role(&method.options(), &access) {
            unmarked.push(method.full_name().to_owned());
        }
    }
    for message in pool.all_messages().filter(|m| m.full_name().starts_with("activelist.") && !m.is_map_entry()) {
        for field in message.fields() {
            let mark = field.options().get_extension(&data).as_enum_number().unwrap_or(0);
            if mark == 0 {
                unmarked.push(field.full_name().to_owned());
            }
        }
    }
    if unmarked.is_empty() { Ok(()) } else { Err(format!("no access or data option on: {}", unmarked.join(", "))) }
}

fn names_a_role(options: &DynamicMessage, access: &ExtensionDescriptor) -> bool {
    debug_assert!(matches!(access.kind(), Kind::Message(_)));
    let value = options.get_extension(access);
    let Some(message) = value.as_message() else { return false };
    let roles = message.get_field_by_name("roles");
    roles.as_deref().and_then(Value::as_list).is_some_and(|roles| !roles.is_empty())
}

/// A line for every message that asks for a page of a list.
fn paged(pool: &DescriptorPool) -> String {
    let asks = |m: &MessageDescriptor| ["page_size", "page_token"].iter().all(|f| m.get_field_by_name(f).is_some());
    let messages = pool.all_messages().filter(asks);
    let line = |m: MessageDescriptor| {
        format!("paged!({});\n", m.full_name().replacen("activelist", "crate", 1).replace('.', "::"))
    };
    messages.map(line).collect()
}
