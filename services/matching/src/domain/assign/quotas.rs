//! Quotas as a tree: each lies within the next larger one that shares a request with it.

use std::collections::{BTreeMap, HashMap};

use super::fault::{Place, What};
use super::model::{Faults, NONE, ROOT, Ranks};
use super::problem::{Problem, Request, Scope};

/// A node of the tree.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The next larger group, or the root. Of the root, and of a group without requests, [`NONE`].
    pub(super) parent: u32,
    pub(super) at_most: u32,
    /// Its place in the problem's list, and its scope; none of the root.
    pub(super) quota: Option<(usize, Scope)>,
}

impl Group {
    fn root() -> Self {
        Self { parent: NONE, at_most: NONE, quota: None }
    }
}

/// The scopes that can hold a request, the largest first where they hold the same requests.
pub(super) fn scopes(request: &Request) -> impl Iterator<Item = Scope> {
    let Request { region, programme, .. } = request;
    let both = programme.as_ref().zip(region.as_ref());
    [
        programme.clone().map(Scope::Programme),
        region.clone().map(Scope::Region),
        both.map(|(programme, region)| Scope::ProgrammeInRegion {
            programme: programme.clone(),
            region: region.clone(),
        }),
    ]
    .into_iter()
    .flatten()
}

/// The groups, and by rank of request the innermost one.
pub(super) fn tree(problem: &Problem, requests: &Ranks<'_>, faults: &mut Faults) -> (Vec<Group>, Vec<u32>) {
    let mut groups = vec![Group::root()];
    let mut nodes: HashMap<&Scope, u32> = HashMap::new();
    let mut order: Vec<usize> = (0..problem.quotas.len()).collect();
    order.sort_by_key(|&at| &problem.quotas[at].scope);
    for at in order {
        let quota = &problem.quotas[at];
        if let Some(&node) = nodes.get(&quota.scope) {
            if let Some((first, scope)) = groups[node as usize].quota.clone() {
                faults.add(Place::Quota(at), What::RepeatedQuota { scope, first: Place::Quota(first) });
            }
            continue;
        }
        nodes.insert(&quota.scope, groups.len() as u32);
        groups.push(Group { parent: NONE, at_most: quota.at_most, quota: Some((at, quota.scope.clone())) });
    }
    if nodes.is_empty() {
        return (groups, vec![ROOT; problem.requests.len()]);
    }
    let mut chains: Vec<Vec<u32>> = Vec::with_capacity(problem.requests.len());
    let mut sizes = vec![0u32; groups.len()];
    for &at in &requests.order {
        let chain = scopes(&problem.requests[at as usize]).filter_map(|scope| nodes.get(&scope).copied()).collect();
        chains.push(chain);
    }
    for &node in chains.iter().flatten() {
        sizes[node as usize] += 1;
    }
    let mut shared: BTreeMap<(u32, u32), u32> = BTreeMap::new();
    for chain in &mut chains {
        chain.sort_by_key(|&node| u32::MAX - sizes[node as usize]); // stable: the larger scope stays first
        let mut outer = ROOT;
        for (inner, &node) in chain.iter().enumerate() {
            groups[node as usize].parent = outer;
            outer = node;
            chain[..inner].iter().for_each(|&other| *shared.entry((node, other)).or_default() += 1);
        }
    }
    for ((node, other), shared) in shared {
        let of = |node: u32| groups[node as usize].quota.clone();
        if shared == sizes[node as usize] {
            continue;
        }
        if let (Some((at, one)), Some((_, other))) = (of(node), of(other)) {
            faults.add(Place::Quota(at), What::QuotasCross { one, other });
        }
    }
    (groups, chains.iter().map(|chain| chain.last().copied().unwrap_or(ROOT)).collect())
}
