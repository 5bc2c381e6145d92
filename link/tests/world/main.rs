//! A link against a scripted world on a loopback port.

#![expect(clippy::unwrap_used, reason = "in a helper of a test a panic is a failed test too")]

mod stub;

use std::time::Duration;

use bowline_link::{
    Acquired, Blob, CommandReply, Deletion, Dialect, Link, LinkError, Lock, News, Order, Release, Renewal,
    Target,
};
use bowline_model::{AssetName, Digest};
use bowline_wire::FromServer;
use expect_test::{Expect, expect};
use serde_json::json;
use tokio::sync::Semaphore;

use stub::{Script, World};

async fn link_to(world: &World) -> Link {
    let (link, ..) = Link::open(&world.target()).await.unwrap();
    world.take_log();
    link
}

fn named(bytes: &[u8], file: &str) -> (AssetName, Blob) {
    (AssetName::new(Digest::of(bytes), file), Blob::Bytes(bytes.to_vec()))
}

#[tokio::test]
async fn opening_asks_in_the_order_that_loses_nothing() {
    let early = FromServer::EntityRemoved("early".to_owned());
    let world = World::start(Script { early_news: vec![early], ..Script::default() }).await;
    let (link, snapshot, mut news) = Link::open(&world.target()).await.unwrap();
    expect![[r#"
        GET /admin/changes ["bench code"]
        socket auth
        GET /admin/snapshot ["bench code"]
    "#]]
    .assert_eq(&world.take_log());
    assert_eq!((link.dialect(), link.world_id()), (Dialect::Main, "w1"));
    assert_eq!(snapshot.blueprints[0]["id"], "A");
    assert_eq!(news.recv().await, Some(News::EntityRemoved("early".to_owned())));

    assert_eq!(link.command(Order::entity_remove("x")).await.unwrap(), CommandReply::Done);
    assert_eq!(news.try_recv().unwrap(), News::EntityRemoved("echo".to_owned()));
    drop(link);
    assert_eq!(news.recv().await, None);
}

#[tokio::test]
async fn a_world_of_the_other_dialect_behind_a_prefix_works_the_same() {
    let script = Script { is_dev: true, prefix: "/worlds/mine", ..Script::default() };
    let world = World::start(script).await;
    let target = Target { url: format!("{}/admin/", world.url), ..world.target() };
    let (link, _, mut news) = Link::open(&target).await.unwrap();
    assert_eq!(link.dialect(), Dialect::Dev);
    assert_eq!(link.command(Order::entity_remove("x")).await.unwrap(), CommandReply::Done);
    assert_eq!(news.recv().await, Some(News::EntityRemoved("echo".to_owned())));
}

#[tokio::test]
async fn an_open_world_is_sent_no_code() {
    let world = World::start(Script { is_open: true, ..Script::default() }).await;
    Link::open(&Target { admin_code: None, world_id: None, ..world.target() }).await.unwrap();
    expect![[r#"
        GET /admin/changes []
        socket auth
        GET /admin/snapshot []
    "#]]
    .assert_eq(&world.take_log());
}

async fn refused_by(script: Script, change: impl FnOnce(&mut Target)) -> String {
    let world = World::start(script).await;
    let mut target = world.target();
    change(&mut target);
    let error = Link::open(&target).await.map(|_| ()).unwrap_err();
    format!("{:?}: {error}\n", error.blame()).replace(world.address(), "HOST")
}

#[tokio::test]
async fn whose_turn_it_is_when_opening_fails() {
    let instead = |what, status, body| Script { answers: vec![(what, status, body)], ..Script::default() };
    let wrong_code = |target: &mut Target| target.admin_code = Some("other".to_owned());
    let mut table = refused_by(Script::default(), wrong_code).await;
    table += &refused_by(Script { is_dev: true, ..Script::default() }, wrong_code).await;
    table += &refused_by(Script::default(), |target| target.admin_code = None).await;
    table += &refused_by(Script::default(), |target| target.admin_code = Some("new\nline".to_owned())).await;
    table += &refused_by(Script::default(), |target| target.world_id = Some("w2".to_owned())).await;
    table += &refused_by(Script::default(), |target| target.url = "http://127.0.0.1:1".to_owned()).await;
    table += &refused_by(Script::default(), |target| target.url = "ftp://x".to_owned()).await;
    table +=
        &refused_by(Script::default(), |target| target.url = target.url.replace("http:", "https:")).await;
    table += &refused_by(instead("GET /admin/snapshot", 500, ""), |_| ()).await;
    table += &refused_by(
        instead(
            "GET /admin/snapshot",
            404,
            r#"{"message":"Route GET:/admin/snapshot not found","error":"Not Found","statusCode":404}"#,
        ),
        |_| (),
    )
    .await;
    table += &refused_by(instead("GET /admin/snapshot", 200, "<html>"), |_| ()).await;
    // Taken for dev, whose yes has the number of main's no.
    table += &refused_by(instead("GET /admin/changes", 500, r#"{"error":"db_unavailable"}"#), |_| ()).await;
    table += &refused_by(instead("GET /admin/changes", 502, "<html>"), |_| ()).await;
    table += &refused_by(instead("GET /admin/changes", 308, "location https://elsewhere/"), |_| ()).await;
    table += &refused_by(Script { prefix: "/w", ..Script::default() }, |target| {
        target.url = target.url.replace("/w", "/v");
    })
    .await;
    expect![[r#"
        User: the world does not accept the admin code
        User: the world does not accept the admin code
        User: the world does not accept the admin code
        User: the world does not accept the admin code
        User: expected the world `w2`, but `w1` answers
        World: cannot reach the world at http://127.0.0.1:1: nothing answers at this address
        User: `ftp://x` is not the address of a world: `ftp` is not http, https, ws or wss
        World: cannot reach the world at https://HOST: the secure connection failed: received corrupt message of type InvalidContentType
        World: the world refused the snapshot: it gave no reason (status 500)
        World: the world refused the snapshot: Route GET:/admin/snapshot not found (status 404)
        Us: the world answered the snapshot in a way we do not understand: expected value at line 1 column 1
        Us: the world answered the admin code in a way we do not understand: AdminAuthOk instead of a yes or no
        World: the world refused the change feed: it gave no reason (status 502)
        User: the world at this address has moved to https://elsewhere/
        User: there is no world at ws://HOST/v/admin: status 404 Not Found instead of a socket
    "#]].assert_eq(&table);
}

#[tokio::test]
async fn only_what_is_missing_is_sent_and_never_asked_twice() {
    let world = World::start(Script::default()).await;
    let link = link_to(&world).await;
    let big = vec![b'x'; 20_000];
    let small = named(b"small", "a.js");
    let large = named(&big, "Large.GLB");
    let there = named(&[b'y'; 20_000], "there.glb");
    world.assets.lock().unwrap().insert(there.0.to_string(), vec![]);

    let blobs = vec![small.clone(), small.clone(), large.clone(), there.clone()];
    let report = link.put_missing(blobs.clone()).await.unwrap();
    let mut sent = vec![small.0.clone(), large.0.clone()];
    sent.sort();
    assert_eq!((report.sent, report.already), (sent, vec![there.0.clone()]));
    assert_eq!(world.assets.lock().unwrap()[&large.0.to_string()], big);
    // One question for the small one, two for the large one, one for what was there.
    let log = world.take_log();
    assert_eq!((log.matches("upload-check").count(), log.matches("POST").count()), (4, 2), "{log}");

    let again = link.put_missing(blobs).await.unwrap();
    assert_eq!((again.sent.len(), again.already.len()), (0, 3));
    assert_eq!(link.has_assets(&[small.0.clone(), there.0.clone()]).await.unwrap(), [true, true]);
    assert_eq!(world.take_log(), "");

    link.forget(&small.0);
    world.assets.lock().unwrap().clear();
    assert_eq!(link.has_assets(&[there.0, small.0.clone()]).await.unwrap(), [true, false]);
    link.assume_has([small.0.clone()]);
    assert_eq!(link.has_assets(&[small.0]).await.unwrap(), [true]);
}

#[tokio::test]
async fn eight_uploads_run_at_once() {
    let gate = Semaphore::new(0);
    let world = World::start_with(Script::default(), Some(gate)).await;
    let link = link_to(&world).await;
    let blobs: Vec<_> = (0..20u8).map(|number| named(&[number], "a.js")).collect();
    let uploads = tokio::spawn(async move { link.put_missing(blobs).await });
    while world.uploading.load(std::sync::atomic::Ordering::SeqCst) < 8 {
        tokio::task::yield_now().await;
    }
    world.gate.as_ref().unwrap().add_permits(20);
    assert_eq!(uploads.await.unwrap().unwrap().sent.len(), 20);
    assert!(!world.take_log().contains("uploading 9"));
}

#[tokio::test]
async fn an_upload_without_an_answer_is_given_up() {
    let world = World::start_with(Script::default(), Some(Semaphore::new(0))).await;
    let link = link_to(&world).await;
    let (name, blob) = named(b"slow", "a.js");
    // From here the clock jumps to the next deadline whenever nothing moves.
    tokio::time::pause();
    let error = link.upload(&name, blob).await.unwrap_err();
    assert_eq!(error.to_string(), "the world did not answer in time: an upload");
}

#[tokio::test]
async fn files_are_streamed_byte_for_byte() {
    let world = World::start(Script::default()).await;
    let link = link_to(&world).await;
    let bytes: Vec<u8> = (0..300_000u32)
        .flat_map(|it| (it.wrapping_mul(it)).to_le_bytes())
        .chain(*b"\r\n--\r\n\xff")
        .collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    let name = AssetName::new(Digest::of(&bytes), "a.bin");
    let report = link.put_missing(vec![(name.clone(), Blob::File(file.path().into()))]).await.unwrap();
    assert_eq!(report.sent, std::slice::from_ref(&name));
    assert_eq!(link.download(&name).await.unwrap(), bytes);
}

#[tokio::test]
async fn uploads_that_cannot_end_well_say_why() {
    let world = World::start(Script::default()).await;
    let link = link_to(&world).await;
    let name = AssetName::new(Digest::of(b"promised"), "a.js");
    let error = link.upload(&name, Blob::Bytes(b"changed meanwhile".to_vec())).await.unwrap_err();
    assert!(matches!(&error, LinkError::NotStored { name: it } if *it == name), "{error}");

    // Sparse: it takes no room on most disks.
    let huge = tempfile::NamedTempFile::new().unwrap();
    huge.as_file().set_len(200 * 1024 * 1024 + 1).unwrap();
    world.take_log();
    let error = link.upload(&name, Blob::File(huge.path().into())).await.unwrap_err();
    assert!(matches!(error, LinkError::TooLarge { bytes: 209_715_201, limit: 209_715_200, .. }), "{error}");
    let missing = Blob::File(huge.path().with_extension("none"));
    let error = link.put_missing(vec![(name, missing)]).await.unwrap_err();
    assert!(matches!(error, LinkError::File { .. }), "{error}");
    assert_eq!(world.take_log(), "", "nothing was sent");
}

#[tokio::test]
async fn downloads_are_the_bytes_their_name_promises_or_an_error() {
    let answers = vec![("GET /assets/broken.glb", 500, "")];
    let world = World::start(Script { answers, ..Script::default() }).await;
    let link = link_to(&world).await;
    let (whole, cut) = (named(b"whole", "a.js").0, named(b"not cut", "a.js").0);
    world.assets.lock().unwrap().extend([
        (whole.to_string(), b"whole".to_vec()),
        (cut.to_string(), b"not c".to_vec()),
        ("empty.glb".to_owned(), b"built in".to_vec()),
    ]);
    assert_eq!(link.download(&whole).await.unwrap(), b"whole");
    assert_eq!(link.download_built_in("empty.glb").await.unwrap(), b"built in");
    assert!(!world.take_log().contains(stub::CODE), "the code stays out of downloads");

    let error = link.download(&cut).await.unwrap_err();
    assert!(
        matches!(&error, LinkError::WrongBytes { found, .. } if *found == Digest::of(b"not c")),
        "{error}"
    );
    let missing = link.download(&named(b"", "a.js").0).await.unwrap_err();
    assert!(matches!(missing, LinkError::NotFound { .. }), "{missing}");
    let broken = link.download_built_in("broken.glb").await.unwrap_err();
    assert!(matches!(broken, LinkError::Refused { status: 500, .. }), "{broken}");
    let half = link.download_built_in("half.glb").await.unwrap_err();
    assert!(matches!(half, LinkError::Unreachable { .. }), "{half}");
    let path = link.download_built_in("..").await.unwrap_err();
    assert!(matches!(path, LinkError::Unaddressable { .. }), "{path}");
}

const HELD: &str = r#"{"error":"locked","lock":{"locked":true,"owner":"ann","acquiredAt":1,"ageMs":6,"expiresInMs":119994,"scope":"global"}}"#;

/// What asking for, renewing and releasing a lock gives when the world answers so.
async fn lock_with(answer: (u16, &'static str), expect: Expect) {
    let (status, body) = answer;
    let answers = ["POST", "PUT", "DELETE"].map(|method| match method {
        "POST" => ("POST /admin/deploy-lock", status, body),
        "PUT" => ("PUT /admin/deploy-lock", status, body),
        _ => ("DELETE /admin/deploy-lock", status, body),
    });
    let world = World::start(Script { answers: answers.to_vec(), ..Script::default() }).await;
    let link = link_to(&world).await;
    let lock = Lock { token: "t".to_owned(), scope: "App".to_owned(), ttl: Duration::ZERO };
    let acquired = link.lock("App", "bowline", Duration::from_millis(500)).await;
    let acquired = acquired.map(|it| match it {
        Acquired::Granted(lock) => format!("granted {lock:?}"),
        Acquired::Busy(held) => format!("busy {held:?}"),
    });
    let renewed = link.renew(&lock, Duration::from_secs(30)).await.map(|it| match it {
        Renewal::Renewed(ttl) => format!("renewed for {ttl:?}"),
        Renewal::Expired => "expired".to_owned(),
    });
    let released = link.unlock(&lock).await.map(|it| match it {
        Release::Released => "released".to_owned(),
        Release::Expired => "expired".to_owned(),
    });
    let shown = |it: Result<String, LinkError>| it.unwrap_or_else(|error| error.to_string());
    let requests = world.take_log();
    expect.assert_eq(&format!("{}\n{}\n{}\n\n{requests}", shown(acquired), shown(renewed), shown(released)));
}

#[tokio::test]
async fn a_granted_lock_is_renewed_and_released() {
    lock_with(
        (200, r#"{"ok":true,"token":"t1","ttlMs":1000}"#),
        expect![[r#"
        granted Lock { token: "t1", scope: "App", ttl: 1s }
        renewed for 1s
        released

        POST /admin/deploy-lock ["bench code"] application/json {"owner":"bowline","scope":"App","ttl":1}
        PUT /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App","ttl":30}
        DELETE /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_held_lock_says_who_holds_it() {
    lock_with(
        (409, HELD),
        expect![[r#"
        busy HeldLock { owner: "ann", acquired_at: 1, age_ms: 6, expires_in_ms: 119994, scope: "global" }
        the world refused renewing the deploy lock: locked (status 409)
        the world refused releasing the deploy lock: locked (status 409)

        POST /admin/deploy-lock ["bench code"] application/json {"owner":"bowline","scope":"App","ttl":1}
        PUT /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App","ttl":30}
        DELETE /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_lock_that_is_gone_is_an_answer() {
    lock_with(
        (409, r#"{"error":"not_locked"}"#),
        expect![[r#"
        the world refused the deploy lock: not_locked (status 409)
        expired
        expired

        POST /admin/deploy-lock ["bench code"] application/json {"owner":"bowline","scope":"App","ttl":1}
        PUT /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App","ttl":30}
        DELETE /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App"}
    "#]],
    )
    .await;
    lock_with(
        (409, r#"{"error":"not_owner","lock":{"locked":false}}"#),
        expect![[r#"
        the world refused the deploy lock: not_owner (status 409)
        expired
        expired

        POST /admin/deploy-lock ["bench code"] application/json {"owner":"bowline","scope":"App","ttl":1}
        PUT /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App","ttl":30}
        DELETE /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_world_that_fails_without_a_word_is_not_mistaken_for_an_answer() {
    lock_with(
        (500, ""),
        expect![[r#"
        the world refused the deploy lock: it gave no reason (status 500)
        the world refused renewing the deploy lock: it gave no reason (status 500)
        the world refused releasing the deploy lock: it gave no reason (status 500)

        POST /admin/deploy-lock ["bench code"] application/json {"owner":"bowline","scope":"App","ttl":1}
        PUT /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App","ttl":30}
        DELETE /admin/deploy-lock ["bench code"] application/json {"token":"t","scope":"App"}
    "#]],
    )
    .await;
}

#[tokio::test]
async fn blueprints_are_found_gone_in_use_or_unaskable() {
    const NO_ROUTE: &str = r#"{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}"#;
    let answers = vec![
        ("GET /admin/blueprints/a%2F..%2F%24b", 200, r#"{"blueprint":{"id":"a/../$b"}}"#),
        ("GET /admin/blueprints/gone", 404, r#"{"error":"not_found"}"#),
        ("GET /admin/blueprints/long", 404, NO_ROUTE),
        ("DELETE /admin/blueprints/there", 200, r#"{"ok":true}"#),
        ("DELETE /admin/blueprints/gone", 404, r#"{"error":"not_found"}"#),
        ("DELETE /admin/blueprints/used", 409, r#"{"error":"in_use"}"#),
        ("DELETE /admin/blueprints/long", 404, NO_ROUTE),
    ];
    let world = World::start(Script { answers, ..Script::default() }).await;
    let link = link_to(&world).await;
    let found = link.get_blueprint("a/../$b").await.unwrap();
    assert_eq!(found.unwrap()["id"], "a/../$b");
    assert_eq!(link.get_blueprint("gone").await.unwrap(), None);
    let unknown = link.get_blueprint("long").await.unwrap_err();
    assert_eq!(unknown.to_string(), "the world refused a blueprint: Route GET:/x not found (status 404)");
    assert!(matches!(link.get_blueprint("..").await, Err(LinkError::Unaddressable { .. })));
    world.take_log();
    assert_eq!(link.delete_blueprint("there").await.unwrap(), Deletion::Done);
    assert_eq!(world.take_log(), "DELETE /admin/blueprints/there [\"bench code\"]\n", "without content type");
    assert_eq!(link.delete_blueprint("gone").await.unwrap(), Deletion::AlreadyGone);
    assert_eq!(link.delete_blueprint("used").await.unwrap(), Deletion::InUse);
    assert!(matches!(link.delete_blueprint("long").await, Err(LinkError::Refused { .. })));
}

#[tokio::test]
async fn deploys_are_remembered_and_put_back() {
    let answers = vec![
        (
            "POST /admin/deploy-snapshots",
            200,
            r#"{"ok":true,"id":"s1","count":1,"missing":["B"],"createdAt":"2026-11-20T07:23:58.662Z"}"#,
        ),
        ("POST /admin/deploy-snapshots/rollback", 404, r#"{"error":"not_found"}"#),
        ("PUT /admin/spawn", 200, r#"{"ok":true,"spawn":{"position":[0,0.5,0],"quaternion":[0,0,0,1]}}"#),
    ];
    let world = World::start(Script { answers, ..Script::default() }).await;
    let link = link_to(&world).await;
    let lock = Lock { token: "t".to_owned(), scope: "A".to_owned(), ttl: Duration::ZERO };
    let done = link.deploy_snapshot(&["A".to_owned(), "B".to_owned()], "before", &lock).await.unwrap();
    assert_eq!((done.id.as_str(), done.missing.len()), ("s1", 1));
    let error = link.rollback("s2", &lock).await.unwrap_err();
    assert_eq!(error.to_string(), "the world has no deploy snapshot s2");
    let spawn = link.put_spawn([0.0, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]).await.unwrap();
    assert_eq!(spawn["position"], json!([0, 0.5, 0]));
    expect![[r#"
        POST /admin/deploy-snapshots ["bench code"] application/json {"ids":["A","B"],"target":null,"note":"before","lockToken":"t","scope":"A"}
        POST /admin/deploy-snapshots/rollback ["bench code"] application/json {"id":"s2","lockToken":"t","scope":"A"}
        PUT /admin/spawn ["bench code"] application/json {"position":[0.0,0.5,0.0],"quaternion":[0.0,0.0,0.0,1.0]}
    "#]].assert_eq(&world.take_log());
}
