//! [`Router`]: axum's router that also knows its routes, which axum's own does not tell. Whatever a listener serves is
//! put together with it, so that a test can ask every route there is and none is left out by forgetting a list.
//! Decides nothing; `api`, `pages` and `routers` build with it.

use std::convert::Infallible;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{self, MethodRouter};
use http::Method;
use tower::{Layer, Service};

/// One way in: a method and a path, as they were written down where the route was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method; `None` takes any.
    pub method: Option<Method>,
    /// The path with its `{parts}`.
    pub path: String,
}

/// The handlers of one path.
#[derive(Debug)]
pub struct Methods<S> {
    inner: MethodRouter<S>,
    served: Vec<Option<Method>>,
}

/// A router and its routes.
#[derive(Debug)]
pub struct Router<S> {
    inner: axum::Router<S>,
    routes: Vec<Route>,
}

macro_rules! methods {
    ($($name:ident = $method:expr;)+) => {
        $(
            #[doc = concat!("Serves `", stringify!($name), "` with a handler.")]
            pub fn $name<H, T, S>(handler: H) -> Methods<S>
            where
                H: Handler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                Methods { inner: routing::$name(handler), served: vec![$method] }
            }
        )+

        impl<S: Clone + Send + Sync + 'static> Methods<S> {
            $(
                #[doc = concat!("Serves `", stringify!($name), "` as well.")]
                #[must_use]
                pub fn $name<H, T>(mut self, handler: H) -> Self
                where
                    H: Handler<T, S>,
                    T: 'static,
                {
                    self.served.push($method);
                    Self { inner: self.inner.$name(handler), served: self.served }
                }
            )+
        }
    };
}

methods! {
    get = Some(Method::GET);
    head = Some(Method::HEAD);
    post = Some(Method::POST);
    put = Some(Method::PUT);
    patch = Some(Method::PATCH);
    delete = Some(Method::DELETE);
    options = Some(Method::OPTIONS);
}

/// Serves every method with one handler.
pub fn any<H, T, S>(handler: H) -> Methods<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    Methods { inner: routing::any(handler), served: vec![None] }
}

// === impl Router ===

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// A router that serves nothing.
    pub fn new() -> Self {
        Self { inner: axum::Router::new(), routes: Vec::new() }
    }

    /// Adds a path.
    #[must_use]
    pub fn route(mut self, path: &str, methods: Methods<S>) -> Self {
        self.routes.extend(methods.served.into_iter().map(|method| Route { method, path: path.to_owned() }));
        Self { inner: self.inner.route(path, methods.inner), ..self }
    }

    /// Adds another's routes.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.routes.extend(other.routes);
        Self { inner: self.inner.merge(other.inner), ..self }
    }

    /// Adds another's routes below a prefix.
    #[must_use]
    pub fn nest(mut self, prefix: &str, other: Self) -> Self {
        let below = |path: &str| if path == "/" { prefix.to_owned() } else { format!("{prefix}{path}") };
        self.routes.extend(other.routes.into_iter().map(|route| Route { path: below(&route.path), ..route }));
        Self { inner: self.inner.nest(prefix, other.inner), ..self }
    }

    /// Answers what no route serves.
    #[must_use]
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        Self { inner: self.inner.fallback(handler), ..self }
    }

    /// Answers methods that a path does not serve.
    #[must_use]
    pub fn method_not_allowed_fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        Self { inner: self.inner.method_not_allowed_fallback(handler), ..self }
    }

    /// Puts something around every route that is there so far.
    #[must_use]
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self { inner: self.inner.layer(layer), ..self }
    }

    /// Every route, in the order in which they were added.
    pub fn into_routes(self) -> Vec<Route> {
        self.routes
    }

    /// What serves them, with its state.
    pub fn with_state(self, state: S) -> axum::Router {
        self.inner.with_state(state)
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn nothing() {}

    #[test]
    fn routes_are_told_with_their_whole_paths() {
        let inside = Router::<()>::new().route("/", get(nothing)).route("/{name}", put(nothing).delete(nothing));
        let all = Router::new().nest("/api", inside).merge(Router::new().route("/page", any(nothing))).into_routes();
        let texts: Vec<_> =
            all.iter().map(|route| format!("{:?} {}", route.method.as_ref().map(Method::as_str), route.path)).collect();
        let wanted =
            [r#"Some("GET") /api"#, r#"Some("PUT") /api/{name}"#, r#"Some("DELETE") /api/{name}"#, "None /page"];
        assert_eq!(texts, wanted);
    }
}
