/* t-snapshot.c - Tests of writing and reading snapshots.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "snapshot-kit.h"

#include "../../../server/snapshot/snapshot-format.h"

#define N_STRANGERS 5000

static struct made alice, bob, carol, sub, sub2, future;


static void
setup (void)
{
  const struct made *const people[] = { &alice, &bob, &future };

  ck_assert_ptr_nonnull (gcry_check_version (NULL));
  gcry_control (GCRYCTL_DISABLE_SECMEM, 0);
  gcry_control (GCRYCTL_INITIALIZATION_FINISHED, 0);
  setup_dir ();
  make_pair (&alice);
  make_pair (&bob);
  make_pair (&carol);
  make_pair (&sub);
  make_pair (&sub2);
  make_pair_at (&future, NOW + 10);
  enrol (people, COUNT (people));
}


static void
teardown (void)
{
  snapshot_close (snapshot);
  snapshot = NULL;
  teardown_dir ();
}


START_TEST (snapshot_round_trip)
{
  struct bound bound;

  bind_at (&bound, &alice, &sub, NULL, SOUND, MADE, 1000000000);
  begin ();
  add (&alice, &sub, &bound);
  add (&bob, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), 2);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_str_eq (who.primary, alice.text);
  ck_assert_uint_eq (who.expires, 0);
  ck_assert_uint_eq (who.changed, CHANGED);
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_str_eq (who.primary, alice.text);
  ck_assert_uint_eq (who.expires, MADE + UINT64_C (1000000000));
  ck_assert_uint_eq (find (&bob), 0);
  ck_assert_str_eq (who.primary, bob.text);
  ck_assert_uint_eq (find (&carol), GPG_ERR_NO_PUBKEY);
  ck_assert_str_eq (who.primary, "");
}
END_TEST


START_TEST (snapshot_of_nobody)
{
  begin ();
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), 0);
  ck_assert_uint_eq (find (&alice), GPG_ERR_NO_PUBKEY);
}
END_TEST


/* A memfd that lacks one seal, and one that lacks none.  */
START_TEST (snapshot_seals)
{
  static const int seals[] =
    { 0, ALL_SEALS & ~F_SEAL_SEAL, ALL_SEALS & ~F_SEAL_SHRINK,
      ALL_SEALS & ~F_SEAL_GROW, ALL_SEALS & ~F_SEAL_WRITE, ALL_SEALS };
  gpg_err_code_t code;
  size_t i;

  for (i = 0; i < COUNT (seals); i++)
    {
      begin ();
      add (&alice, NULL, NULL);
      ck_assert_uint_eq (snapshot_writer_close (writer), 0);
      ck_assert_int_eq (fcntl (snapshot_fd, F_ADD_SEALS, seals[i]), 0);
      code = gpg_err_code (snapshot_open (snapshot_fd, config, &snapshot));
      ck_assert_uint_eq (code, seals[i] == ALL_SEALS ? 0 : GPG_ERR_EPERM);
      ck_assert_int_eq (fcntl (snapshot_fd, F_GETFD), -1);
    }
}
END_TEST


/* A file cannot be sealed.  */
START_TEST (snapshot_in_a_file)
{
  int fd = open (in_dir ("file"), O_RDWR | O_CREAT, 0600);

  ck_assert_int_ge (fd, 0);
  ck_assert_uint_eq (snapshot_writer_open (fd, CHANGED, &writer), 0);
  ck_assert_uint_eq (snapshot_writer_close (writer), 0);
  ck_assert_uint_eq (gpg_err_code (snapshot_open (fd, config, &snapshot)),
                     GPG_ERR_EPERM);
}
END_TEST


/* The bytes of a snapshot of two people, into BUF.  */
static size_t
make_bytes (unsigned char *buf, size_t size)
{
  struct bound bound;
  ssize_t n;

  bind_key (&bound, &alice, &sub, NULL, SOUND);
  begin ();
  add (&alice, &sub, &bound);
  add (&bob, NULL, NULL);
  ck_assert_uint_eq (snapshot_writer_close (writer), 0);
  n = pread (snapshot_fd, buf, size, 0);
  close (snapshot_fd);
  ck_assert_int_gt (n, SNAPSHOT_HEADERLEN);
  ck_assert_int_lt (n, (ssize_t)size);
  return (size_t)n;
}


/* Open the LEN bytes at BUF.  */
static gpg_err_code_t
open_bytes (const unsigned char *buf, size_t len)
{
  snapshot_close (snapshot);
  snapshot_fd = memfd_create ("snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ck_assert_int_eq (write (snapshot_fd, buf, len), (ssize_t)len);
  ck_assert_int_eq (fcntl (snapshot_fd, F_ADD_SEALS, ALL_SEALS), 0);
  return gpg_err_code (snapshot_open (snapshot_fd, config, &snapshot));
}


START_TEST (snapshot_framing)
{
  unsigned char buf[4096];
  size_t len = make_bytes (buf, sizeof buf), i;
  const size_t part = SNAPSHOT_HEADERLEN + SNAPSHOT_PERSONLEN;

  for (i = 0; i < len; i++)
    ck_assert_uint_eq (open_bytes (buf, i), GPG_ERR_BAD_DATA);
  buf[len] = 0;
  ck_assert_uint_eq (open_bytes (buf, len + 1), GPG_ERR_BAD_DATA);
  ck_assert_uint_eq (open_bytes (buf, len), 0);
  for (i = 0; i < 12; i++)      /* Magic and version.  */
    {
      buf[i] ^= 1;
      ck_assert_uint_eq (open_bytes (buf, len), GPG_ERR_BAD_DATA);
      buf[i] ^= 1;
    }
  /* The number of people, of bytes and of parts, and lengths.  */
  for (i = 20; i < part + SNAPSHOT_PARTLEN; i++)
    {
      if (i == 24)
        i = SNAPSHOT_HEADERLEN;         /* What only muster reads.  */
      if (i == SNAPSHOT_HEADERLEN + 5)
        i = part + 9;           /* Likewise, the state, and when it ends.  */
      buf[i] ^= 1;
      ck_assert_uint_eq (open_bytes (buf, len), GPG_ERR_BAD_DATA);
      buf[i] ^= 1;
    }
  buf[part] = SNAPSHOT_STATES;
  ck_assert_uint_eq (open_bytes (buf, len), GPG_ERR_BAD_DATA);
  buf[part] = SNAPSHOT_STATES - 1;
  ck_assert_uint_eq (open_bytes (buf, len), 0);
  ck_assert_uint_eq (snapshot_count (snapshot), 2);
}
END_TEST


/* Whatever else differs leaves out that part alone: its fingerprint is
   another, or its algorithm unknown.  */
START_TEST (snapshot_unreadable_key)
{
  unsigned char buf[4096];
  size_t len = make_bytes (buf, sizeof buf);
  const size_t body = SNAPSHOT_HEADERLEN + SNAPSHOT_PERSONLEN
                      + SNAPSHOT_PARTLEN;
  const size_t next = body + alice.len + SNAPSHOT_PARTLEN;

  buf[next + 5] = 17;           /* The subkey: DSA.  */
  ck_assert_uint_eq (open_bytes (buf, len), 0);
  ck_assert_uint_eq (snapshot_count (snapshot), 2);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_eq (find (&sub), GPG_ERR_NO_PUBKEY);
  buf[next + 5] = OPENPGP_EDDSA;
  buf[body + 5] = 17;           /* The primary key.  */
  ck_assert_uint_eq (open_bytes (buf, len), 0);
  ck_assert_uint_eq (snapshot_count (snapshot), 1);
  ck_assert_uint_eq (find (&alice), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (find (&sub), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (find (&bob), 0);
  buf[body + 5] = OPENPGP_EDDSA;
  ck_assert_uint_eq (open_bytes (buf, len), 0);
  ck_assert_uint_eq (find (&sub), 0);
}
END_TEST


/* Nobody in the configuration has CAROL's key, so it is nobody's.  A record
   says no name, and so a foreign key cannot come under one.  */
START_TEST (snapshot_of_a_stranger)
{
  struct bound bound;

  bind_key (&bound, &carol, &sub, NULL, SOUND);
  begin ();
  add (&carol, &sub, &bound);
  add (&alice, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), 1);
  ck_assert_uint_eq (find (&carol), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (find (&sub), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (find (&alice), 0);
  bind_key (&bound, &bob, &sub, NULL, SOUND);
  begin ();
  add (&bob, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (find (&bob), 0);
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_str_eq (who.primary, bob.text);
}
END_TEST


/* The second record of a person is ignored.  */
START_TEST (snapshot_person_twice)
{
  struct snapshot_part part = part_of (&alice, NULL, SNAPSHOT_REVOKED, 0);
  struct bound bound;

  bind_key (&bound, &alice, &sub, NULL, SOUND);
  begin ();
  ck_assert_uint_eq (snapshot_add (writer, &part, 1), 0);
  add (&alice, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), 1);
  ck_assert_uint_eq (find (&alice), GPG_ERR_CERT_REVOKED);
  ck_assert_uint_eq (find (&sub), GPG_ERR_NO_PUBKEY);
}
END_TEST


START_TEST (snapshot_bindings)
{
  static const struct
  {
    enum spoil spoil;
    gpg_err_code_t code;
  } cases[] =
    {
      { SOUND, 0 },
      { SHA1_BINDING, GPG_ERR_DIGEST_ALGO },
      { NO_BACK, GPG_ERR_WRONG_KEY_USAGE },
      { SHA1_BACK, GPG_ERR_DIGEST_ALGO },
      { STRANGE_BACK, GPG_ERR_BAD_SIGNATURE },
      { STRANGE_BINDING, GPG_ERR_BAD_SIGNATURE },
      { NOT_FOR_SIGNING, GPG_ERR_WRONG_KEY_USAGE }
    };
  struct bound bound;
  size_t i;

  for (i = 0; i < COUNT (cases); i++)
    {
      bind_key (&bound, &alice, &sub, &bob, cases[i].spoil);
      begin ();
      add (&alice, &sub, &bound);
      add (&bob, NULL, NULL);
      reopen ();
      ck_assert_uint_eq (find (&sub), cases[i].code);
      ck_assert_str_eq (who.primary, alice.text);
      ck_assert_uint_eq (find (&sub), cases[i].code);   /* Remembered.  */
      ck_assert_uint_eq (find (&alice), 0);
    }
}
END_TEST


/* Bob's binding, or none, in alice's record.  */
START_TEST (snapshot_foreign_binding)
{
  struct bound bound, none = { .len = 0 };

  bind_key (&bound, &bob, &sub, NULL, SOUND);
  begin ();
  add (&alice, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (find (&sub), GPG_ERR_BAD_SIGNATURE);
  begin ();
  add (&alice, &sub, &none);
  reopen ();
  ck_assert_uint_ne (find (&sub), 0);
  begin ();
  add (&bob, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (find (&sub), 0);
}
END_TEST


/* A subkey that two people have bound is nobody's; one that is bound to one
   of two is hers; and a primary key is its owner's in any case.  */
START_TEST (snapshot_shared)
{
  struct bound hers, his, not_his, primary;

  bind_key (&hers, &alice, &sub, NULL, SOUND);
  bind_key (&his, &bob, &sub, NULL, SOUND);
  bind_key (&not_his, &bob, &sub, &carol, STRANGE_BINDING);
  bind_key (&primary, &bob, &alice, NULL, SOUND);
  begin ();
  add (&alice, &sub, &hers);
  add (&bob, &sub, &his);
  reopen ();
  ck_assert_uint_eq (find (&sub), GPG_ERR_AMBIGUOUS_NAME);
  ck_assert_str_eq (who.primary, "");
  begin ();
  add (&bob, &sub, &not_his);
  add (&alice, &sub, &hers);
  reopen ();
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_str_eq (who.primary, alice.text);
  begin ();
  add (&bob, &alice, &primary);
  add (&alice, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_str_eq (who.primary, alice.text);
}
END_TEST


/* A snapshot of alice with a subkey in these states.  */
static void
add_states (enum snapshot_state state, uint64_t expires,
            enum snapshot_state sub_state, uint64_t sub_expires)
{
  struct bound bound;
  struct snapshot_part part[2] = { part_of (&alice, NULL, state, expires) };

  bind_key (&bound, &alice, &sub, NULL, SOUND);
  part[1] = part_of (&sub, &bound, sub_state, sub_expires);
  begin ();
  ck_assert_uint_eq (snapshot_add (writer, part, 2), 0);
  reopen ();
}


START_TEST (snapshot_states)
{
  static const gpg_err_code_t codes[SNAPSHOT_STATES] =
    { 0, GPG_ERR_CERT_REVOKED, GPG_ERR_KEY_EXPIRED, GPG_ERR_KEY_DISABLED,
      GPG_ERR_DIGEST_ALGO, GPG_ERR_WRONG_KEY_USAGE };
  enum snapshot_state state;

  for (state = SNAPSHOT_GOOD; state < SNAPSHOT_STATES; state++)
    {
      add_states (state, 0, SNAPSHOT_GOOD, 0);
      ck_assert_uint_eq (find (&alice), codes[state]);
      ck_assert_uint_eq (find (&sub), state == SNAPSHOT_USAGE ? 0
                         : codes[state]);
      add_states (SNAPSHOT_GOOD, 0, state, 0);
      ck_assert_uint_eq (find (&alice), 0);
      ck_assert_uint_eq (find (&sub), codes[state]);
    }
}
END_TEST


START_TEST (snapshot_times)
{
  uint64_t state;

  add_states (SNAPSHOT_GOOD, NOW, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (find (&alice), GPG_ERR_KEY_EXPIRED);
  ck_assert_uint_eq (find (&sub), GPG_ERR_KEY_EXPIRED);
  state = who.state;
  add_states (SNAPSHOT_GOOD, NOW + 1, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_eq (who.expires, NOW + 1);
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_uint_eq (who.expires, NOW + 1);
  ck_assert_uint_ne (who.state, state);
  add_states (SNAPSHOT_GOOD, NOW + 9, SNAPSHOT_GOOD, NOW);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_eq (who.expires, NOW + 9);
  ck_assert_uint_eq (find (&sub), GPG_ERR_KEY_EXPIRED);
  ck_assert_uint_eq (who.expires, NOW);
}
END_TEST


START_TEST (snapshot_binding_ends)
{
  struct bound bound;

  bind_at (&bound, &alice, &sub, NULL, SOUND, MADE, NOW - MADE);
  begin ();
  add (&alice, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (find (&sub), GPG_ERR_KEY_EXPIRED);
  ck_assert_uint_eq (who.expires, NOW);
  bind_at (&bound, &alice, &sub, NULL, SOUND, MADE, NOW - MADE + 1);
  begin ();
  add (&alice, &sub, &bound);
  reopen ();
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_uint_eq (who.expires, NOW + 1);
}
END_TEST


/* Made after NOW: whatever gpg says of it now.  */
START_TEST (snapshot_of_tomorrow)
{
  struct snapshot_part part = part_of (&future, NULL, SNAPSHOT_WEAK, 0);

  begin ();
  add (&future, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (find (&future), GPG_ERR_TIME_CONFLICT);
  ck_assert_uint_eq (snapshot_judge (snapshot, future.fpr, NOW + 10), 0);
  begin ();
  ck_assert_uint_eq (snapshot_add (writer, &part, 1), 0);
  reopen ();
  ck_assert_uint_eq (find (&future), GPG_ERR_TIME_CONFLICT);
  ck_assert_uint_eq (gpg_err_code (snapshot_judge (snapshot, future.fpr,
                                                   NOW + 10)),
                     GPG_ERR_DIGEST_ALGO);
}
END_TEST


/* The state tells whether anything about a person's key has changed.  */
START_TEST (snapshot_state_changes)
{
  uint64_t state;

  add_states (SNAPSHOT_GOOD, 0, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (find (&alice), 0);
  state = who.state;
  ck_assert_uint_eq (find (&sub), 0);
  ck_assert_uint_eq (who.state, state);
  add_states (SNAPSHOT_GOOD, 0, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_eq (who.state, state);
  add_states (SNAPSHOT_GOOD, 0, SNAPSHOT_REVOKED, 0);
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_ne (who.state, state);
  begin ();
  add (&alice, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (find (&alice), 0);
  ck_assert_uint_ne (who.state, state);
}
END_TEST


START_TEST (snapshot_limits)
{
  static unsigned char large[SNAPSHOT_MAX_BINDING + 1];
  struct snapshot_part part[SNAPSHOT_MAX_PARTS + 1];
  struct bound bound;
  size_t i;

  bind_key (&bound, &alice, &sub, NULL, SOUND);
  part[0] = part_of (&alice, NULL, SNAPSHOT_GOOD, 0);
  for (i = 1; i < COUNT (part); i++)
    part[i] = part_of (&sub, &bound, SNAPSHOT_GOOD, 0);
  begin ();
  ck_assert_uint_eq (gpg_err_code (snapshot_add (writer, part,
                                                 SNAPSHOT_MAX_PARTS + 1)),
                     GPG_ERR_TOO_LARGE);
  ck_assert_uint_eq (gpg_err_code (snapshot_add (writer, part, 0)),
                     GPG_ERR_TOO_LARGE);
  part[1].binding = large;
  part[1].binding_len = sizeof large;
  ck_assert_uint_eq (gpg_err_code (snapshot_add (writer, part, 2)),
                     GPG_ERR_TOO_LARGE);
  part[1].binding_len--;
  ck_assert_uint_eq (snapshot_add (writer, part, 2), 0);
  part[0].body = large;
  part[0].body_len = OPENPGP_MAX_KEY + 1;
  ck_assert_uint_eq (gpg_err_code (snapshot_add (writer, part, 1)),
                     GPG_ERR_TOO_LARGE);
  part[0].body_len--;
  ck_assert_uint_eq (snapshot_add (writer, part, 1), 0);
  part[0] = part_of (&bob, NULL, SNAPSHOT_GOOD, 0);
  part[1] = part_of (&sub, &bound, SNAPSHOT_GOOD, 0);
  ck_assert_uint_eq (snapshot_add (writer, part, SNAPSHOT_MAX_PARTS), 0);
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), 2);
  ck_assert_uint_eq (find (&alice), 0);
}
END_TEST


/* What the next muster reads.  */
START_TEST (snapshot_before)
{
  static const unsigned char digest[SNAPSHOT_DIGESTLEN] = { 1, 2, 3 };
  struct snapshot_basis basis = { NOW, NOW + 5, { 9, 8, 7 } }, read;
  struct snapshot_part part[SNAPSHOT_MAX_PARTS];
  const unsigned char *its;
  snapshot_before_t before;
  struct bound bound;
  size_t at = 0, n;

  bind_key (&bound, &alice, &sub, NULL, SOUND);
  begin ();
  add (&carol, &sub, &bound);
  part[0] = part_of (&alice, NULL, SNAPSHOT_EXPIRED, 77);
  ck_assert_uint_eq (snapshot_add_judged (writer, part, 1, digest), 0);
  snapshot_writer_rest (writer, &basis);
  ck_assert_uint_eq (snapshot_writer_close (writer), 0);
  ck_assert_uint_eq (gpg_err_code (snapshot_before_open (snapshot_fd, &before,
                                                         &read)),
                     GPG_ERR_EPERM);
  ck_assert_int_eq (fcntl (snapshot_fd, F_ADD_SEALS, ALL_SEALS), 0);
  ck_assert_uint_eq (snapshot_before_open (snapshot_fd, &before, &read), 0);
  ck_assert_mem_eq (&read, &basis, sizeof read);
  ck_assert (snapshot_before_next (before, &at, part, &n, &its));
  ck_assert_uint_eq (n, 2);
  ck_assert_uint_eq (part[1].binding_len, bound.len);
  ck_assert_uint_eq (*its, 0);
  ck_assert (snapshot_before_next (before, &at, part, &n, &its));
  ck_assert_uint_eq (n, 1);
  ck_assert_mem_eq (part[0].body, alice.body, alice.len);
  ck_assert_uint_eq (part[0].state, SNAPSHOT_EXPIRED);
  ck_assert_uint_eq (part[0].expires, 77);
  ck_assert_mem_eq (its, digest, sizeof digest);
  ck_assert (!snapshot_before_next (before, &at, part, &n, &its));
  snapshot_before_close (before);
  ck_assert_uint_eq (snapshot_open (snapshot_fd, config, &snapshot), 0);
  ck_assert_uint_eq (find (&alice), GPG_ERR_KEY_EXPIRED);
}
END_TEST


START_TEST (snapshot_of_many)
{
  static struct made crowd[N_STRANGERS];
  const struct made *people[N_STRANGERS];
  uint32_t i;

  for (i = 0; i < N_STRANGERS; i++)
    {
      make_stranger (crowd + i, i);
      people[i] = crowd + i;
    }
  enrol (people, N_STRANGERS - 1);
  begin ();
  for (i = 0; i < N_STRANGERS; i++)
    add (crowd + i, NULL, NULL);
  reopen ();
  ck_assert_uint_eq (snapshot_count (snapshot), N_STRANGERS - 1);
  for (i = 0; i < N_STRANGERS - 1; i++)
    {
      ck_assert_uint_eq (find (crowd + i), 0);
      ck_assert_str_eq (who.primary, crowd[i].text);
    }
  ck_assert_uint_eq (find (crowd + i), GPG_ERR_NO_PUBKEY);
  ck_assert_uint_eq (find (&alice), GPG_ERR_NO_PUBKEY);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("snapshot");
  TCase *tc = tcase_create ("snapshot");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, snapshot_round_trip);
  tcase_add_test (tc, snapshot_of_nobody);
  tcase_add_test (tc, snapshot_seals);
  tcase_add_test (tc, snapshot_in_a_file);
  tcase_add_test (tc, snapshot_framing);
  tcase_add_test (tc, snapshot_unreadable_key);
  tcase_add_test (tc, snapshot_of_a_stranger);
  tcase_add_test (tc, snapshot_person_twice);
  tcase_add_test (tc, snapshot_bindings);
  tcase_add_test (tc, snapshot_foreign_binding);
  tcase_add_test (tc, snapshot_shared);
  tcase_add_test (tc, snapshot_states);
  tcase_add_test (tc, snapshot_times);
  tcase_add_test (tc, snapshot_binding_ends);
  tcase_add_test (tc, snapshot_of_tomorrow);
  tcase_add_test (tc, snapshot_state_changes);
  tcase_add_test (tc, snapshot_limits);
  tcase_add_test (tc, snapshot_before);
  tcase_add_test (tc, snapshot_of_many);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
