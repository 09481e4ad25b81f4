//! The contract between the services and with the outside: generated from `activelist/**/*.proto` in the build.
//!
//! It imports no other crate of the workspace, and no other crate defines a message that crosses a process.

/// The whole contract as an encoded `FileDescriptorSet`, our own options included: for reflection, for the permission
/// table, and for clients who want to download it.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/activelist.binpb"));

macro_rules! package {
    ($module:ident, $about:literal, $package:literal) => {
        #[doc = $about]
        pub mod $module {
            /// Version 1 of the package.
            #[allow(missing_docs, clippy::all, unreachable_pub, reason = "generated")]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package!(options, "Marks on methods and fields.", "activelist.options.v1");
package!(event, "The event log.", "activelist.event.v1");
package!(survey, "Forms, responses, ratings.", "activelist.survey.v1");
package!(registry, "Experts.", "activelist.registry.v1");
package!(search, "Search.", "activelist.search.v1");
package!(engagement, "Consultations and guidance cases.", "activelist.engagement.v1");
package!(insights, "Reports.", "activelist.insights.v1");
package!(notices, "What people must learn or do.", "activelist.notices.v1");
package!(matching, "Requests, consultation events, proposals.", "activelist.matching.v1");

/// A request for a page of a list: every message with a `page_size` and a `page_token`.
pub trait Paged: prost::Message + prost::Name + Clone {
    /// How many entries are wanted; 0 when it does not say.
    fn page_size(&self) -> i32;

    /// The token that came with the page before; empty for the first page.
    fn page_token(&self) -> &str;

    /// What is asked for whatever the page: what its tokens belong to.
    #[must_use]
    fn conditions(&self) -> Self;
}

macro_rules! paged {
    ($request:ty) => {
        impl Paged for $request {
            fn page_size(&self) -> i32 {
                self.page_size
            }

            fn page_token(&self) -> &str {
                &self.page_token
            }

            fn conditions(&self) -> Self {
                let mut conditions = self.clone();
                conditions.page_size = 0;
                conditions.page_token.clear();
                conditions
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/paged.rs"));
