//! [`Size`]: a named set of limits that people choose beside a stack.

use serde::{Deserialize, Serialize};

use crate::ResourceLimits;

/// What a server of this size may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Size {
    /// A stable word for programs and forms: `s`, `large`.
    pub name: String,
    /// What people read.
    pub display_name: String,
    /// What a server of it may use.
    pub limits: ResourceLimits,
    /// Whether people may choose it.
    pub offered: bool,
    /// Whether it is chosen where nobody chose. With none, the stack's own limits hold.
    pub is_default: bool,
    /// Groups whose members may choose it; empty is everybody.
    #[serde(default)]
    pub groups: Vec<String>,
}
