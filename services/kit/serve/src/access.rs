//! Who may call what, read from the contract itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, ExtensionDescriptor, MethodDescriptor, Value};

use crate::Role;

/// What the contract says of a method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    /// `activelist.survey.v1.SurveyResponses/SubmitResponse`
    pub(crate) name: String,
    /// Any one of these is enough. Empty (which the build of the contract refuses): nobody.
    pub(crate) roles: Vec<Role>,
    /// The server sends a stream: no deadline of ours, and it is ended when the process is.
    pub(crate) streams: bool,
}

/// Methods by path (`/package.Service/Method`).
#[derive(Debug)]
pub(crate) struct Methods(HashMap<String, Method>);

/// Decoding cannot fail: the build of `contract` has decoded these very bytes.
static CONTRACT: LazyLock<Methods> =
    LazyLock::new(|| Methods::read(contract::DESCRIPTORS).expect("the contract was checked when it was built"));

impl Methods {
    pub(crate) fn of_contract() -> &'static Self {
        &CONTRACT
    }

    fn read(descriptors: &[u8]) -> Result<Self, String> {
        let pool = DescriptorPool::decode(descriptors).map_err(|error| error.to_string())?;
        let access = "activelist.options.v1.access";
        let access = pool.get_extension_by_name(access).ok_or_else(|| format!("{access} is not defined"))?;
        let methods = pool.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        Ok(Self(
            methods
                .map(|method| {
                    let name = format!("{}/{}", method.parent_service().full_name(), method.name());
                    let entry = Method { roles: roles(&method, &access), streams: method.is_server_streaming(), name };
                    (format!("/{}", entry.name), entry)
                })
                .collect(),
        ))
    }

    /// `None` for what is not in the contract: health, reflection, and methods that do not exist.
    pub(crate) fn find(&self, path: &str) -> Option<&Method> {
        self.0.get(path)
    }
}

fn roles(method: &MethodDescriptor, access: &ExtensionDescriptor) -> Vec<Role> {
    let options = method.options();
    let value = options.get_extension(access);
    let roles = value.as_message().and_then(|access| access.get_field_by_name("roles"));
    let numbers =
        roles.as_deref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_enum_number);
    numbers.filter_map(|number| Role::try_from(number).ok()).filter(|&role| role != Role::Unspecified).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_says_who_may_call() {
        let methods = Methods::of_contract();
        let read = methods.find("/activelist.event.v1.EventLog/Read").unwrap();
        assert_eq!(read.roles, [Role::Service, Role::Operator]);
        let search = methods.find("/activelist.search.v1.ExpertSearch/SearchExperts").unwrap();
        assert_eq!(search.roles, [Role::Anyone]);
        assert_eq!(methods.find("/activelist.event.v1.EventLog/Forge"), None);
        assert!(methods.0.values().all(|method| !method.roles.is_empty()), "every method names a role");
    }
}
