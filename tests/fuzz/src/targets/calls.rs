//! Every method of every service, called over the network with any bytes for a request.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use activelist::args::{Mail, Rating, Review, ServeAll, Trust};
use activelist::serve::{self, Running};
use bytes::{Buf as _, BufMut as _};
use contract::search::v1::{Conditions, GetSheetRequest, SearchExpertsRequest};
use kit_serve::{Client, Lifecycle};
use prost::Message;
use prost_types::FileDescriptorSet;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::{Code, Request, Status};

use crate::bytes::Bytes;

pub(super) const WORDS: &[&str] = &[
    "experts/1",
    "experts/-",
    "cases/1",
    "forms/skill-2024",
    "responses/1",
    "companies/1",
    "7123456789012",
    "000123",
    "2024",
    "13",
    "all",
    "requests/-",
    "consultationEvents/1",
    "request-1",
    "survey",
    "registry",
    "セキュリティ",
    "7fffffff.0000000000000000",
];

/// Bytes as they are.
#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, bytes: Vec<u8>, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&bytes);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut bytes = vec![0; from.remaining()];
        from.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}

/// Each method that answers once: its path.
fn methods() -> Vec<String> {
    let files = FileDescriptorSet::decode(contract::DESCRIPTORS).expect("the contract");
    let of_file = |file: prost_types::FileDescriptorProto| {
        let package = file.package().to_owned();
        file.service.into_iter().flat_map(move |service| {
            let name = format!("/{package}.{}", service.name());
            let unary =
                service.method.into_iter().filter(|method| !method.server_streaming() && !method.client_streaming());
            unary.map(move |method| format!("{name}/{}", method.name())).collect::<Vec<_>>()
        })
    };
    let all = files.file.into_iter().filter(|file| file.package().starts_with("activelist."));
    all.flat_map(of_file).collect()
}

struct World {
    runtime: Runtime,
    client: tonic::client::Grpc<Client>,
    methods: Vec<String>,
    _running: Running,
    _folder: TempDir,
}

static WORLD: Mutex<Option<World>> = Mutex::new(None);

impl World {
    fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let args = ServeAll {
            data: folder.path().join("data"),
            listen: "127.0.0.1:0".to_owned(),
            policy: None,
            rating: Rating::default(),
            review: Review::Off,
            clock: Some("2025-02-10T12:00:00+09:00".parse().expect("a time")),
            trust: Trust::Near,
            mail: Mail::default(),
        };
        let (running, client) = runtime.block_on(async {
            let running = serve::start_all(&args, &Lifecycle::new()).await.expect("the services start");
            let client = Client::connect(&running.url, None).expect("their address");
            (running, tonic::client::Grpc::new(client))
        });
        Self { runtime, client, methods: methods(), _running: running, _folder: folder }
    }
}

/// Each method with nothing, and some with what they want.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let methods = methods();
    let mut seeds: Vec<Vec<u8>> = (0..methods.len() as u8).map(|at| vec![at]).collect();
    let mut add = |name: &str, body: Vec<u8>| {
        let at = methods.iter().position(|method| method.ends_with(name)).expect("a method of this name");
        seeds.push([vec![at as u8], body].concat());
    };
    let conditions = Conditions { prefectures: vec!["13".to_owned()], text: "規程".to_owned(), ..Default::default() };
    add(
        "/SearchExperts",
        SearchExpertsRequest {
            conditions: Some(conditions),
            place: "27".to_owned(),
            page_size: 5,
            ..Default::default()
        }
        .encode_to_vec(),
    );
    add(
        "/GetSheet",
        GetSheetRequest {
            name: "experts/-".to_owned(),
            registration_number: "第000123号".to_owned(),
            ..Default::default()
        }
        .encode_to_vec(),
    );
    seeds
}

/// Whatever is asked, the answer is one, or a refusal that blames the request: nothing breaks inside.
pub(super) fn any(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let mut world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    let World { runtime, client, methods, .. } = world.get_or_insert_with(World::new);
    let method = bytes.one_of(methods).clone();
    let body = bytes.rest().to_vec();
    let answer = runtime.block_on(async {
        client.ready().await.expect("the server is there");
        let mut request = Request::new(body);
        // Some wait for what they are to show; they need not wait long.
        request.set_timeout(Duration::from_millis(100));
        client.unary(request, method.parse::<PathAndQuery>().expect("a path"), Raw).await
    });
    if let Err(status) = answer {
        let broken = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unavailable];
        // tonic says INTERNAL of what is no message.
        let undecodable =
            status.code() == Code::Internal && status.message().starts_with("failed to decode Protobuf message");
        assert!(undecodable || !broken.contains(&status.code()), "{method}: {status:?}");
    }
}
