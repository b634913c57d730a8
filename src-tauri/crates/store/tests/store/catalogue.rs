//! stacks: exactly one default among the offered.

use labdeck_model::{ImageRef, ResourceLimits, Stack};
use labdeck_store::StoreError;
use labdeck_store::tables::stacks;

use crate::fixture::Fixture;

fn stack(name: &str) -> Stack {
    Stack {
        name: name.to_owned(),
        display_name: name.to_uppercase(),
        description: "for all".to_owned(),
        image: ImageRef::parse("quay.io/jupyter/scipy-notebook:latest").unwrap(),
        offered: true,
        is_default: false,
        limits: ResourceLimits { memory_bytes: Some(1 << 40), cpus: Some(0.5), ..ResourceLimits::NONE },
    }
}

async fn put(f: &Fixture, stack: Stack) -> Stack {
    f.write(move |tx| stacks::upsert(tx, &stack)).await
}

async fn default(f: &Fixture) -> Option<String> {
    f.read(stacks::find_default).await.map(|stack| stack.name)
}

#[tokio::test]
async fn a_stack_comes_back_as_it_was_put() {
    let f = Fixture::new();
    let first = put(&f, stack("a")).await;
    assert_eq!(first, Stack { is_default: true, ..stack("a") }, "the first is the default");
    assert_eq!(put(&f, stack("b")).await, stack("b"));
    assert_eq!(f.read(stacks::list).await, [first, stack("b")]);
    assert_eq!(f.read(|r| stacks::find(r, "c")).await, None);
}

#[tokio::test]
async fn there_is_one_default_as_long_as_one_is_offered() {
    let f = Fixture::new();
    assert_eq!(default(&f).await, None);
    put(&f, Stack { offered: false, is_default: true, ..stack("hidden") }).await;
    assert_eq!(default(&f).await, None);
    for name in ["a", "b", "c"] {
        put(&f, stack(name)).await;
    }
    assert_eq!(default(&f).await.as_deref(), Some("a"));
    put(&f, Stack { is_default: true, ..stack("b") }).await;
    assert_eq!(default(&f).await.as_deref(), Some("b"));
    f.write(|tx| stacks::set_default(tx, "c")).await;
    assert_eq!(default(&f).await.as_deref(), Some("c"));
    put(&f, Stack { offered: false, ..stack("c") }).await;
    assert_eq!(default(&f).await.as_deref(), Some("a"));
    assert!(f.write(|tx| stacks::delete(tx, "a")).await);
    assert_eq!(default(&f).await.as_deref(), Some("b"));
    for name in ["hidden", "nothing"] {
        let refused = f.store.write(move |tx| stacks::set_default(tx, name)).await;
        assert!(matches!(refused, Err(StoreError::NotFound(_))));
    }
    assert_eq!(default(&f).await.as_deref(), Some("b"));
    assert!(f.write(|tx| stacks::delete(tx, "b")).await);
    assert!(!f.write(|tx| stacks::delete(tx, "b")).await);
    assert_eq!(default(&f).await, None);
}
