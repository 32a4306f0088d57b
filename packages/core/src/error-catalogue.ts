interface CatalogueEntry {
  readonly summary: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

function entries<Codes extends string>(
  catalogue: Record<Codes, CatalogueEntry>,
): Record<Codes, CatalogueEntry> {
  return catalogue;
}

/** Every error code with what it means and what to do about it. `docs/reference/errors.md` is generated from it. */
export const CATALOGUE = entries({
  "CONFIG.UNREADABLE": {
    summary: "The configuration file cannot be read or is not YAML.",
    hint: "Check the path given with --config and the YAML syntax at the place named.",
  },
  "CONFIG.INVALID": {
    summary: "The configuration has problems; all of them are listed with path and line.",
    hint: "Correct the lines listed; `cassandra-rekey config schema` prints what is allowed.",
  },
  "CONFIG.UNKNOWN_PART": {
    summary:
      "The configuration names a provider, state store, throttle or hook that no installed plugin has.",
    hint: "Correct the name, or install the plugin that provides it.",
  },
  "CONFIG.SECRET_MISSING": {
    summary: "A secret that the configuration refers to is not there.",
    hint: "Set the environment variable, or check the file's path and permissions.",
  },
  "CONFIG.SECRET_MALFORMED": {
    summary: "A secret is there but is not in the form that its provider needs.",
    hint: "Check that the whole key was copied; the provider's README shows the form.",
  },
  "CONFIG.TABLE_MISMATCH": {
    summary: "A configured table does not match the live schema.",
    hint: "Correct the table in the configuration; `cassandra-rekey doctor` shows each difference.",
  },
  "PLUGIN.INVALID": {
    summary:
      "A plugin package cannot be used: broken metadata, a failing import, no definePlugin export, or a part that breaks its contract.",
    hint: "Update or remove the plugin package.",
  },
  "PLUGIN.API_VERSION": {
    summary: "A plugin was built for another version of the plugin contract.",
    hint: "Upgrade the older of the two: the plugin, or cassandra-rekey.",
  },
  "PLUGIN.DUPLICATE": {
    summary: "Two plugin packages provide the same name.",
    hint: "Remove one of the two packages.",
  },
  "USAGE.INVALID": {
    summary: "The command line cannot be carried out as given.",
    hint: "See `cassandra-rekey help` and the command's examples.",
  },
  "JOB.NOT_FOUND": {
    summary: "The state store has no such job.",
    hint: "`cassandra-rekey jobs` lists the jobs of this state store.",
  },
  "JOB.AMBIGUOUS": {
    summary: "No job id was given, and there is not exactly one unfinished job.",
    hint: "Name the job with --job-id; `cassandra-rekey jobs` lists them.",
  },
  "JOB.STATE": {
    summary: "The job is not in a state in which this can be done.",
    hint: "`cassandra-rekey status` shows the job's state.",
  },
  "JOB.VETOED": {
    summary: "A hook refused the start of the job.",
    hint: "Wait until the reason is gone, or change the hook's configuration.",
  },
  "JOB.CHUNKS_FAILED": {
    summary: "Some chunks failed more often than max_attempts allows; the others are done.",
    hint: "Look at the last error in `cassandra-rekey status`, mend its cause, and `run` again: only failed chunks are retried.",
  },
  "JOB.WRONG_KEY": {
    summary:
      "So many cells could not be opened that the keyring is probably wrong; nothing was written for them.",
    hint: "Check that the previous keys of the configuration are the ones that the application used, give what you replace a version of its own, then `run` again. It leaves what stands in quarantine by then: `quarantine retry` tries that with the right keys.",
  },
  "SCHEMA.DRIFT": {
    summary:
      "A table's key columns, its touched columns or the table itself changed since the job was planned.",
    hint: "Run `cassandra-rekey doctor`, then plan a new job.",
  },
  "SCHEMA.UNSUPPORTED": {
    summary: "A table cannot be rekeyed safely as it is.",
    hint: "See what `cassandra-rekey doctor` says of the table.",
  },
  "CLUSTER.UNREACHABLE": {
    summary: "No contact point answered.",
    hint: "Check cluster.contact_points, cluster.port, the network, and whether the node is up.",
    retryable: true,
  },
  "CLUSTER.AUTHENTICATION": {
    summary: "The cluster refused the user name or password.",
    hint: "Check the cluster's user name and password settings.",
  },
  "CLUSTER.TLS": {
    summary: "The TLS connection could not be made.",
    hint: "Check cluster.tls: the CA file, the client certificate, and that the certificate names the host.",
  },
  "CLUSTER.UNAUTHORIZED": {
    summary: "The role lacks a permission.",
    hint: "Grant the permission named, then try again.",
  },
  "CLUSTER.LOCAL_DC": {
    summary: "The configured local data centre is not one of the cluster's.",
    hint: "Set cluster.local_dc to one of the data centres named.",
  },
  "CLUSTER.UNAVAILABLE": {
    summary: "Too few replicas are up for the consistency level.",
    hint: "Bring the replicas back; the job goes on from where it was.",
    retryable: true,
  },
  "CLUSTER.READ_FAILED": {
    summary: "A replica failed while it read: mostly over more deletions in one place than it goes through.",
    hint: "The replica's log says why. Where it is `tombstone_failure_threshold`: compact the table once its deletions are older than gc_grace_seconds, or raise the threshold, then `run` again.",
    retryable: true,
  },
  "CLUSTER.TIMEOUT": {
    summary: "The cluster did not answer in time.",
    hint: "The cluster may be overloaded: lower --workers or configure a throttle.",
    retryable: true,
  },
  "CLUSTER.OVERLOADED": {
    summary: "The cluster says that it is overloaded.",
    hint: "Lower --workers or configure a throttle.",
    retryable: true,
  },
  "CLUSTER.INVALID_QUERY": {
    summary: "The cluster refused a statement.",
    hint: "Run `cassandra-rekey doctor`; a guardrail or a schema change may be the cause.",
  },
  "CLUSTER.UNSUPPORTED": {
    summary: "The cluster cannot be used as it is: its version or its partitioner.",
    hint: "Cassandra 4.0 or newer with Murmur3Partitioner is needed.",
  },
  "KEY.UNAVAILABLE": {
    summary: "A key service did not answer, or held back.",
    hint: "A job waits and tries again. If it stays: check the network and what is on the way to the service, such as a proxy.",
    retryable: true,
  },
  "KEY.REFUSED": {
    summary: "A key service refused for good: no permission, disabled or destroyed key.",
    hint: "Enable the key or grant the permission, then `run` again.",
  },
  "KEY.CONTRACT": {
    summary: "A provider broke its contract, for example by returning too few results.",
    hint: "Update the provider; report it to its author.",
  },
  "KEY.INCONSISTENT": {
    summary:
      "A key did not open a cell to the same plaintext twice: its provider mixes up the cells of a batch, or gives out memory that it uses again. What it would have had written is somebody else's value.",
    hint: "Nothing more is written with it. Report it to the provider's author; results have to match their batch by position, and each plaintext has to have memory of its own, which the engine wipes.",
  },
  "KEY.DUPLICATE": {
    summary: "Two keys of a keyring are the same key, or carry the same version label.",
    hint: "Give each key of the keyring its own version; the target must differ from every previous key.",
  },
  "KEY.MISMATCH": {
    summary:
      "A key of this process is not the key that the job knows under the same keyring and version. Two hosts would leave the cells of one job under two keys, or take each other's cells for unknown; nothing was read or written here.",
    hint: "Compare what the configuration's `keys` refer to on the two hosts, options included, give this one the same key, and try again. If it was the job that began with a wrong key: a previous key may go by another version, for another target `plan` a new job.",
  },
  "KEY.CANNOT_WIN": {
    summary:
      "A table has application_timestamps: coarse, and its target key makes no ciphertext that wins at the same timestamp.",
    hint: "Make another key: what ciphertexts begin with comes from the key, and is larger for every second one. Of a deterministic key nothing can be drawn: leave application_timestamps out, and stop the application's writers for the time of the rotation.",
  },
  "STATE.NOT_INITIALISED": {
    summary: "The state store has not been set up.",
    hint: "Run `cassandra-rekey init-state`.",
  },
  "STATE.UNAVAILABLE": {
    summary: "The state store did not answer.",
    hint: "Bring it back; the job goes on from where it was.",
    retryable: true,
  },
  "STATE.CORRUPT": {
    summary: "The state store holds something that this version cannot read, or has lost a part of a job.",
    hint: "Do not edit its records by hand; check that the version of cassandra-rekey is not older than the one that wrote them.",
  },
  "STATE.STORAGE": {
    summary: "The state file cannot be written: full disk, missing permission or a network file system.",
    hint: "Put the state file on a local disk that is writable and has room.",
  },
  "HOOK.FAILED": {
    summary:
      "A hook that the configuration calls critical failed, or did not answer in time; the job stopped.",
    hint: "Mend what the hook needs and `run` again: the job goes on from where it was. Without `critical: true` the job does not depend on the hook.",
  },
  "HOOK.AUDIT_LOG": {
    summary: "The audit log cannot be written, or what is in it does not belong to its chain.",
    hint: "Check that the disk has room, that the file is writable and that no other process writes to it; `cassandra-rekey audit verify` tells whether it is whole.",
  },
  "OUTPUT.UNWRITABLE": {
    summary: "Standard output could not be written, so the result is missing there in part or as a whole.",
    hint: "Make room, or send the output elsewhere. What the command did is stored: `cassandra-rekey jobs` and `status` show it; what only reads can be run again.",
  },
  INTERRUPTED: {
    summary: "The run was interrupted. What was acknowledged is stored.",
    hint: "Run the same command again to go on.",
  },
  "INTERNAL.INVARIANT": {
    summary: "Something that must always hold did not; the run stopped before it could do harm.",
    hint: "Report it with the message and the log at level debug.",
  },
});

/** The codes of {@link CATALOGUE}. */
export type ErrorCode = keyof typeof CATALOGUE;
