//! Our own client against our own world, on a real disk: the journey of one deploy, and what is left
//! of it after a restart.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bowline_host::{Options, Running};
use bowline_link::{
    Acquired, Blob, CommandReply, Deletion, Dialect, Link, Lock, News, Order, Release, Target,
};
use bowline_model::{AssetName, Digest, blueprint};
use bowline_store::DiskStore;
use serde_json::{Map, Value, json};

async fn world(folder: &Path) -> Running {
    let store = DiskStore::open(folder).expect("a folder of our own");
    let options = Options { admin_code: "secret".into(), ..Options::new(Arc::new(store)) };
    bowline_host::start(options).await.expect("a free loopback port")
}

fn target(world: &Running) -> Target {
    let url = format!("http://{}", world.addr);
    Target { url, admin_code: Some("secret".into()), world_id: Some(world.world_id.clone()) }
}

async fn lock(link: &Link) -> Lock {
    match link.lock("Bell", "a test", Duration::from_secs(60)).await.expect("an answer") {
        Acquired::Granted(lock) => lock,
        Acquired::Busy(held) => panic!("{held:?}"),
    }
}

fn object(json: Value) -> Map<String, Value> {
    json.as_object().cloned().expect("an object")
}

#[tokio::test]
async fn a_deploy_its_rollback_and_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = world(folder.path()).await;
    let (link, snapshot, mut news) = Link::open(&target(&first)).await.expect("it opens");
    assert_eq!((link.dialect(), snapshot.blueprints.len()), (Dialect::Main, 0));

    let script = b"export default () => {}\n".to_vec();
    let name = AssetName::new(Digest::of(&script), "index.js");
    let report = link.put_missing(vec![(name.clone(), Blob::Bytes(script.clone()))]).await.expect("uploaded");
    assert_eq!(report.sent, std::slice::from_ref(&name));
    assert_eq!(link.download(&name).await.expect("downloaded"), script);

    let lock = lock(&link).await;
    let files = json!({"index.js": name.url()});
    let blueprint = object(json!({"id": "Bell", "version": 1, "script": name.url(), "scriptFiles": files}));
    let add = Order::blueprint_add(&blueprint, Some(&lock.token));
    assert_eq!(link.command(add).await.expect("an answer"), CommandReply::Done);
    assert_eq!(news.recv().await, Some(News::BlueprintAdded(blueprint.clone())));

    let ids = ["Bell".to_owned(), "Bell__Red".to_owned()];
    let before = link.deploy_snapshot(&ids, "before", &lock).await.expect("kept");
    assert_eq!((before.count, before.missing), (1, vec!["Bell__Red".to_owned()]));
    let change = object(json!({"id": "Bell", "version": 2, "desc": "new"}));
    assert_eq!(
        link.command(Order::blueprint_modify(&change, None)).await.expect("an answer"),
        CommandReply::Done
    );
    let again = link.command(Order::blueprint_modify(&change, None)).await.expect("an answer");
    assert!(matches!(again, CommandReply::VersionMismatch { current: Some(_) }));
    let variant = object(json!({"id": "Bell__Red", "version": 1}));
    assert_eq!(
        link.command(Order::blueprint_add(&variant, None)).await.expect("an answer"),
        CommandReply::Done
    );

    let back = link.rollback(&before.id, &lock).await.expect("rolled back");
    assert_eq!((back.restored, back.failed.len()), (vec!["Bell".to_owned()], 0));
    let restored = link.get_blueprint("Bell").await.expect("an answer").expect("it is there");
    assert_eq!((&restored["version"], restored.get("desc")), (&json!(3), None));
    assert_eq!(link.delete_blueprint("Bell__Red").await.expect("an answer"), Deletion::AlreadyGone);
    assert!(link.has_preconditions());
    let (now, other) = (Some(blueprint::digest(&restored)), Some(Digest::of(b"what it is not")));
    let next = object(json!({"id": "Bell", "version": 4}));
    for (expect, reply) in [
        (None, CommandReply::PreconditionFailed),
        (other, CommandReply::PreconditionFailed),
        (now, CommandReply::Done),
    ] {
        let order = Order::blueprint_modify(&next, None);
        assert_eq!(link.command_if(order, expect.into()).await.expect("an answer"), reply);
    }
    // It is at version 4 by now.
    let refused = link.delete_blueprint_if("Bell", now.into()).await.expect("an answer");
    assert_eq!(refused, Deletion::PreconditionFailed);
    let restored = link.get_blueprint("Bell").await.expect("an answer").expect("it is there");
    assert_eq!(link.unlock(&lock).await.expect("an answer"), Release::Released);
    first.stop().await.expect("it stops");
    drop(link);

    let second = world(folder.path()).await;
    let (link, snapshot, _news) = Link::open(&target(&second)).await.expect("the same world");
    assert_eq!(snapshot.blueprints, [restored]);
    assert_eq!(link.has_assets(&[name]).await.expect("an answer"), [true]);
    second.stop().await.expect("it stops");
}
