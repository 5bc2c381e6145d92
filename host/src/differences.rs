//! Where we are not like the real server, on purpose: it is unsafe there, we are safe. Clients that
//! behave cannot tell; the table is what we say about it, and a test prints it.

/// One place where the real server loses, leaks or corrupts something and this one does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// A stable name, which tests that compare the two servers cite.
    pub name: &'static str,
    /// What the real server does.
    pub there: &'static str,
    /// What this one does.
    pub here: &'static str,
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "upload_too_large",
        there: "cut at 200 MiB, stored under the hash of the cut bytes, answered ok",
        here: "413 {error:\"too_large\"}, nothing stored",
    },
    Difference {
        name: "upload_hash_mismatch",
        there: "a file named <sha256>.<ext> whose bytes hash differently is stored and answered ok",
        here: "400 {error:\"hash_mismatch\"}, nothing stored",
    },
    Difference {
        name: "upload_check_outside",
        there: "upload-check joins any path: ../db.sqlite exists",
        here: "only names of assets exist",
    },
    Difference {
        name: "unstorable_id",
        there: "any blueprint or entity id is taken, also ../../x",
        here: "invalid_payload for ids that are empty, no text, over 100 bytes, or no safe file name",
    },
    Difference {
        name: "climbing_asset",
        there: "asset://../x is taken",
        here: "invalid_script_files in scriptFiles, invalid_payload elsewhere",
    },
    Difference {
        name: "unversioned_blueprint",
        there: "blueprint_add without a numeric version is taken and can never be modified again",
        here: "invalid_payload",
    },
    Difference {
        name: "unkeepable_value",
        there: "a Map, buffer or 64-bit integer in a payload is taken, saved as {} or breaks the save",
        here: "invalid_payload",
    },
    Difference {
        name: "settings_key",
        there: "any settings key is taken; some overwrite the settings object's methods",
        here: "invalid_payload for keys other than the nine",
    },
    Difference {
        name: "entity_type",
        there: "entity_add takes type player and puts a player nobody plays into the world",
        here: "server_error for every type but app",
    },
    Difference {
        name: "durable_before_ok",
        there: "ok is sent up to SAVE_INTERVAL seconds before the change is saved; SIGTERM drops it",
        here: "a change is on disk before its broadcast and its result are sent",
    },
    Difference {
        name: "state_survives",
        there: "entity state is empty after a restart, also state a client set and was told ok",
        here: "kept until the blueprint changes",
    },
    Difference {
        name: "rollback_restores",
        there: "fields added since stay, blueprints the deploy added stay",
        here: "stored blueprints replace; those the snapshot lists as missing are removed unless in use",
    },
    Difference {
        name: "rollback_scope",
        there: "the newest snapshot of any app, or any id, whatever the lock",
        here: "only of the locked scope; global opens all",
    },
    Difference {
        name: "cleaner_by_hand",
        there: "deletes unlisted uploads at boot, also those snapshots still need",
        here: "never by itself; Running::gc keeps whatever rows and snapshots name",
    },
    Difference {
        name: "module_cache",
        there: "modules are cached by id and version for ever: a re-added app runs its old code",
        here: "modules are what the blueprint's assets are, always",
    },
    Difference {
        name: "configure_props",
        there: "app.configure writes initial values into the stored blueprint",
        here: "only clients change blueprints",
    },
    Difference {
        name: "foreign_origin",
        there: "any web page may talk to /admin",
        here: "403 {error:\"origin_refused\"} for /admin and /bowline when Origin is another host",
    },
    Difference {
        name: "foreign_host",
        there: "any Host header is served",
        here: "bound to loopback, only localhost, 127.0.0.1 and [::1]: 403 {error:\"host_refused\"}",
    },
    Difference {
        name: "slow_socket",
        there: "frames for a socket that does not read pile up in memory",
        here: "closed with 1013 when 4096 frames or 256 MiB wait; it must read a snapshot anyway",
    },
    Difference {
        name: "asset_extension",
        there: "x.js and x.JS with the same bytes are two files; the upper-case one is never found",
        here: "bytes are found by their hash, whatever the extension",
    },
    Difference {
        name: "immutable_assets",
        there: "cache-control: public, max-age=0 on content-addressed files",
        here: "public, max-age=31536000, immutable for <sha256>.<ext>",
    },
];

#[cfg(test)]
mod tests {
    use super::DIFFERENCES;
    use expect_test::expect;

    #[test]
    fn the_differences_are_these() {
        let lines: String = DIFFERENCES.iter().map(|it| format!("{}: {}\n", it.name, it.here)).collect();
        expect![[r#"
            upload_too_large: 413 {error:"too_large"}, nothing stored
            upload_hash_mismatch: 400 {error:"hash_mismatch"}, nothing stored
            upload_check_outside: only names of assets exist
            unstorable_id: invalid_payload for ids that are empty, no text, over 100 bytes, or no safe file name
            climbing_asset: invalid_script_files in scriptFiles, invalid_payload elsewhere
            unversioned_blueprint: invalid_payload
            unkeepable_value: invalid_payload
            settings_key: invalid_payload for keys other than the nine
            entity_type: server_error for every type but app
            durable_before_ok: a change is on disk before its broadcast and its result are sent
            state_survives: kept until the blueprint changes
            rollback_restores: stored blueprints replace; those the snapshot lists as missing are removed unless in use
            rollback_scope: only of the locked scope; global opens all
            cleaner_by_hand: never by itself; Running::gc keeps whatever rows and snapshots name
            module_cache: modules are what the blueprint's assets are, always
            configure_props: only clients change blueprints
            foreign_origin: 403 {error:"origin_refused"} for /admin and /bowline when Origin is another host
            foreign_host: bound to loopback, only localhost, 127.0.0.1 and [::1]: 403 {error:"host_refused"}
            slow_socket: closed with 1013 when 4096 frames or 256 MiB wait; it must read a snapshot anyway
            asset_extension: bytes are found by their hash, whatever the extension
            immutable_assets: public, max-age=31536000, immutable for <sha256>.<ext>
        "#]].assert_eq(&lines);
    }
}
