/** The sample configuration that the Python tool's documentation shows. */
export const REFERENCE_CONFIG = `cluster:
  contact_points: [cass-1, cass-2, cass-3]
  port: 9042
  local_dc: us-west-2
  keyspace: app_data

state:
  keyspace: rekey_meta

provider:
  type: fernet
  old_key_env: REKEY_OLD_KEY
  new_key_env: REKEY_NEW_KEY

tables:
  - name: users
    partition_key: [tenant_id, user_id]
    clustering_key: [event_time]
    encrypted_columns: [ssn, email]
    chunks: 256
    preserve_ttl: true
    preserve_writetime: true
    use_lwt_guard: true
    consistency:
      read: LOCAL_QUORUM
      write: LOCAL_QUORUM
  - name: accounts
    partition_key: [account_id]
    encrypted_columns: [account_number]
    chunks: 1024

execution:
  workers: 16
  read_p99_threshold_ms: 50
  pause_on_backpressure: true
`;
