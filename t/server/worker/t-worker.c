/* t-worker.c - Tests of server/worker/worker.c, unseal.c and verify.c.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The workers run as in the service, as their users and confined, with a
 * real gpg-agent and a snapshot of a real keyring.  Needs root and the
 * service's users.  */

#include "worker-kit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "../../../server/role/mains.h"
#include "../../../server/snapshot/snapshot.h"
#include "../../common/pgp/run-user.h"

static pid_t pid;
static int parent, in, out;     /* Our ends.  */
static bool is_verify;

static const struct packet_origin origin =
  { { AF_INET, { 192, 0, 2, 1 } }, { AF_INET, { 192, 0, 2, 2 } },
    40000, 62201, 3, "main", true, 320, 0x123456789abcu };

static void
start (int (*role_main) (int, char **))
{
  char *argv[] = { (char *)(uintptr_t)"worker",
                   (char *)(uintptr_t)"--config", config_dir,
                   (char *)(uintptr_t)"--hash", hash, NULL };
  int p[2], i[2], o[2], k;

  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, p), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, i), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, o), 0);
  is_verify = role_main == verify_main;
  pid = fork ();
  if (!pid)
    {
      int theirs[3] = { p[1], i[1], o[1] };

      for (k = 0; k < 3; k++)
        theirs[k] = fcntl (theirs[k], F_DUPFD, 100);
      for (k = 0; k < 3; k++)
        dup2 (theirs[k], ROLE_FD_PARENT + k);
      for (k = ROLE_FD_CONTROL; k < 256; k++)
        close (k);
      exit (role_main (5, argv));
    }
  close (p[1]);
  close (i[1]);
  close (o[1]);
  parent = p[0];
  in = i[0];
  out = o[0];
}

static gpg_error_t
on_ready (void *hook, const struct message *msg)
{
  (void)msg;
  *(int *)hook = 1;
  return 0;
}

static gpg_error_t
on_unexpected (void *hook, const struct message *msg)
{
  struct packet_refused p;

  (void)hook;
  if (!packet_read_refused (msg, &p))
    ck_abort_msg ("refused: %s", refusal_text (p.refusal));
  return gpg_error (GPG_ERR_BAD_DATA);
}

/* Wait for one message from FD.  */
static gpg_error_t
expect (int fd, const struct packet_rule *rule, void *hook)
{
  struct pollfd pfd = { fd, POLLIN, 0 };
  struct packet_rule table[2] =
    { *rule, PACKET_RULE (REFUSED, 1, on_unexpected) };

  ck_assert_int_eq (poll (&pfd, 1, 300000), 1);
  return packet_dispatch (fd, 1, table, 2, hook);
}

static unsigned int connections; /* That unseal has asked for.  */

static gpg_error_t
on_connect (void *hook, const struct message *msg)
{
  int fd = connect_agent ();
  gpg_error_t err = message_send_fd (parent, PACKET_CONNECTED, msg->id, NULL, 0,
                                     fd);

  (void)hook;
  connections++;
  close (fd);
  return err;
}

static gpg_error_t
on_taken_first (void *hook, const struct message *msg)
{
  struct packet_taken p;
  gpg_error_t err = packet_read_taken (msg, &p);

  (void)hook;
  ck_assert_uint_eq (p.generation, 1);
  return err;
}

static gpg_error_t
on_taken (void *hook, const struct message *msg)
{
  struct packet_taken p;
  gpg_error_t err = packet_read_taken (msg, &p);

  *(uint64_t *)hook = p.generation;
  return err;
}

static void
hand_over (uint64_t generation, int fd)
{
  struct packet_snapshot p = { generation };

  ck_assert_uint_eq (packet_send_fd (parent, PACKET_SNAPSHOT, 0, &p, fd), 0);
}

/* Be posternd until the role is ready.  verify gets its snapshot, and says
   that it has it.  */
static void
expect_ready (void)
{
  static const struct packet_rule table[] =
    {
      PACKET_RULE (READY, 1, on_ready),
      PACKET_RULE (CONNECT, 1, on_connect),
      PACKET_RULE (TAKEN, 1, on_taken_first)
    };
  struct pollfd pfd = { parent, POLLIN, 0 };
  int ready = 0;

  if (is_verify)
    hand_over (1, snapshot_fd);
  while (!ready)
    {
      ck_assert_int_eq (poll (&pfd, 1, 300000), 1);
      ck_assert_uint_eq (packet_dispatch (parent, 1, table, COUNT (table),
                                          &ready), 0);
    }
}

static int
exit_code (void)
{
  int status;

  ck_assert_int_eq (waitpid (pid, &status, 0), pid);
  return WIFEXITED (status)? WEXITSTATUS (status) : -WTERMSIG (status);
}

static void
stop (void)
{
  ck_assert_int_eq (kill (pid, SIGTERM), 0);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_STOP);
}

static gpg_error_t
on_refused (void *hook, const struct message *msg)
{
  struct packet_refused p;
  gpg_error_t err = packet_read_refused (msg, &p);

  ck_assert (err || netspec_addr_equal (&p.origin.src, &origin.src));
  *(unsigned int *)hook = p.refusal;
  return err;
}

static unsigned int
expect_refused (void)
{
  static const struct packet_rule rule =
    PACKET_RULE (REFUSED, 1, on_refused);
  unsigned int refusal = 0;

  ck_assert_uint_eq (expect (out, &rule, &refusal), 0);
  return refusal;
}

/* A signed blob, as it came out of unseal.  */
struct blob
{
  unsigned char data[PACKET_BLOBLEN];
  size_t len;
};

static gpg_error_t
on_signed (void *hook, const struct message *msg)
{
  struct blob *blob = hook;
  struct packet_signed p;
  gpg_error_t err = packet_read_signed (msg, &p);

  if (!err)
    {
      memcpy (blob->data, p.blob, p.blob_len);
      blob->len = p.blob_len;
      ck_assert_uint_eq (p.origin.seen, origin.seen);
      ck_assert_uint_eq (p.attachment_len, 3);
      ck_assert_mem_eq (p.attachment, "att", 3);
    }
  return err;
}

static void
send_sealed (const void *data, size_t len)
{
  struct packet_sealed p = { origin, data, len, (const void *)"att", 3 };

  ck_assert_uint_eq (packet_send_sealed (in, 1, &p), 0);
}

static void
unwrap (const char *name, struct blob *blob)
{
  static const struct packet_rule rule =
    PACKET_RULE (SIGNED, 1, on_signed);
  unsigned char data[MAXFILE];

  send_sealed (data, slurp (name, data));
  blob->len = 0;
  ck_assert_uint_eq (expect (out, &rule, blob), 0);
  ck_assert_uint_gt (blob->len, 0);
}

START_TEST (test_unseal)
{
  unsigned char data[MAXFILE];
  struct blob blob;
  size_t len;

  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &blob);
  len = slurp ("sealed", data);
  data[len - 30] ^= 1;
  send_sealed (data, len);
  ck_assert_uint_eq (expect_refused (), REFUSAL_DECRYPT);
  send_sealed (data, len - 1);
  ck_assert_uint_eq (expect_refused (),
                     REFUSAL_OUTER_FRAMING + FRAMING_CUT_PACKET);
  send_sealed ("junk", 4);
  ck_assert_uint_eq (expect_refused (),
                     REFUSAL_OUTER_FRAMING + FRAMING_NO_OPENPGP);
  send_sealed (data, slurp ("signed", data));
  ck_assert_uint_eq (expect_refused (),
                     REFUSAL_OUTER_FRAMING + FRAMING_SIGNED_ONLY);
  send_sealed (data, slurp ("to-alice", data));
  ck_assert_uint_eq (expect_refused (), REFUSAL_NOT_FOR_US);
  send_sealed (data, slurp ("hidden-to-alice", data));
  ck_assert_uint_eq (expect_refused (), REFUSAL_HIDDEN);
  unwrap ("hidden", &blob);
  unwrap ("sealed", &blob);     /* And still works.  */
  stop ();
}
END_TEST

static gpg_error_t
on_verified (void *hook, const struct message *msg)
{
  struct packet_verified p;
  gpg_error_t err = packet_read_verified (msg, &p);

  if (!err)
    {
      ck_assert_str_eq (p.primary, alice_fpr);
      ck_assert_uint_eq (p.text_len, strlen (TEXT));
      ck_assert_mem_eq (p.text, TEXT, p.text_len);
      ck_assert_mem_eq (p.attachment, "att", 3);
      *(size_t *)hook = p.blob_len;
    }
  return err;
}

static void
send_signed (const void *data, size_t len)
{
  struct packet_signed p = { origin, data, len, (const void *)"att", 3 };

  ck_assert_uint_eq (packet_send_signed (in, 1, &p), 0);
}

/* Change the public-key algorithm of announcement and signature, which is
   the last packet, with a length of one byte.  */
static void
other_algorithm (struct blob *blob, unsigned char algo)
{
  size_t at = blob->len - 2;

  while (blob->data[at] != 0x88 || at + 2 + blob->data[at + 1] != blob->len
         || blob->data[at + 4] != blob->data[5])
    ck_assert_uint_gt (--at, 0);
  blob->data[5] = blob->data[at + 4] = algo;
}

START_TEST (test_verify)
{
  static const struct packet_rule rule =
    PACKET_RULE (VERIFIED, 1, on_verified);
  static const struct { const char *name; unsigned int refusal; } bad[] =
    { { "unsigned", REFUSAL_INNER_FRAMING + FRAMING_NOT_SIGNED },
      { "stranger", REFUSAL_UNKNOWN_KEY },
      { "usage", REFUSAL_KEY_USAGE },
      { "ended", REFUSAL_SIGNATURE_EXPIRED },
      { "critical", REFUSAL_INNER_FRAMING + FRAMING_CRITICAL } };
  static struct blob good, blob[COUNT (bad)];
  size_t len = 0, i;

  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &good);
  for (i = 0; i < COUNT (bad); i++)
    unwrap (bad[i].name, blob + i);
  stop ();
  while (time (NULL) < made + 2)
    poll (NULL, 0, 50);
  start (verify_main);
  expect_ready ();
  send_signed (good.data, good.len);
  ck_assert_uint_eq (expect (out, &rule, &len), 0);
  ck_assert_uint_eq (len, good.len);
  for (i = 0; i < COUNT (bad); i++)
    {
      send_signed (blob[i].data, blob[i].len);
      ck_assert_uint_eq (expect_refused (), bad[i].refusal);
    }
  good.data[good.len - 5] ^= 1;
  send_signed (good.data, good.len);
  ck_assert_uint_eq (expect_refused (), REFUSAL_BAD_SIGNATURE);
  good.data[good.len - 5] ^= 1;
  other_algorithm (&good, 99);
  send_signed (good.data, good.len);
  ck_assert_uint_eq (expect_refused (),
                     REFUSAL_INNER_FRAMING + FRAMING_ALGORITHM);
  other_algorithm (&good, 22);
  send_signed (good.data, good.len);
  ck_assert_uint_eq (expect (out, &rule, &len), 0);
  stop ();
}
END_TEST

static gpg_error_t
on_rechecked (void *hook, const struct message *msg)
{
  ck_assert_uint_eq (msg->id, 7);
  return packet_read_rechecked (msg, hook);
}

/* decide asks again, by the other end of where it is told.  */
static struct packet_rechecked
ask_again (const struct blob *blob)
{
  static const struct packet_rule rule =
    PACKET_RULE (RECHECKED, 1, on_rechecked);
  struct packet_recheck p = { blob->data, blob->len };
  struct packet_rechecked answer;

  ck_assert_uint_eq (packet_send_recheck (out, 7, &p), 0);
  ck_assert_uint_eq (expect (out, &rule, &answer), 0);
  return answer;
}

START_TEST (test_recheck)
{
  struct packet_rechecked answer;
  static struct blob good, stranger;

  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &good);
  unwrap ("stranger", &stranger);
  stop ();
  start (verify_main);
  expect_ready ();
  answer = ask_again (&good);
  ck_assert_uint_eq (answer.refusal, 0);
  ck_assert_str_eq (answer.primary, alice_fpr);
  answer = ask_again (&stranger);
  ck_assert_uint_eq (answer.refusal, REFUSAL_UNKNOWN_KEY);
  ck_assert_str_eq (answer.primary, "");
  good.data[good.len - 5] ^= 1;
  answer = ask_again (&good);
  ck_assert_uint_eq (answer.refusal, REFUSAL_BAD_SIGNATURE);
  good.len--;
  answer = ask_again (&good);
  ck_assert_uint_ge (answer.refusal, REFUSAL_INNER_FRAMING);
  stop ();
  /* unseal is asked nothing: it does not even look.  */
  start (unseal_main);
  expect_ready ();
  ck_assert_uint_eq (message_send (out, PACKET_RECHECK, 7, "x", 1), 0);
  unwrap ("sealed", &good);
  stop ();
}
END_TEST

/* Serve CONNECT in posternd's place until a message comes from the role.  */
static void
serve_connect (void)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (CONNECT, 1, on_connect) };
  struct pollfd fds[2] = { { parent, POLLIN, 0 }, { out, POLLIN, 0 } };

  while (!fds[1].revents)
    {
      ck_assert_int_gt (poll (fds, 2, 300000), 0);
      if (fds[0].revents)
        ck_assert_uint_eq (packet_dispatch (parent, 1, table, 1, NULL), 0);
    }
}

/* Without a connection a request is refused for that; with one it is good.  A
   connection that is lost is made again for the same request.  */
START_TEST (test_agent_ends)
{
  static const struct packet_rule no_connect =
    PACKET_RULE (CONNECT, 1, on_ready);
  static const struct packet_rule rule = PACKET_RULE (SIGNED, 1, on_signed);
  unsigned char data[MAXFILE];
  struct blob blob;
  size_t len = slurp ("sealed", data);
  int asked = 0;

  connections = 0;
  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &blob);
  unwrap ("sealed", &blob);
  ck_assert_uint_eq (connections, 1);
  stop_agent ();
  start_agent ();
  send_sealed (data, len);
  serve_connect ();
  ck_assert_uint_eq (expect (out, &rule, &blob), 0);
  ck_assert_uint_eq (connections, 2);
  stop_agent ();
  send_sealed (data, len);
  ck_assert_uint_eq (expect (parent, &no_connect, &asked), 0);
  ck_assert_int_eq (asked, 1);
  ck_assert_uint_eq (message_send (parent, PACKET_CONNECTED, 0, NULL, 0), 0);
  ck_assert_uint_eq (expect_refused (), REFUSAL_UNSEAL_FAILED);
  start_agent ();
  send_sealed (data, len);
  serve_connect ();
  ck_assert_uint_eq (expect (out, &rule, &blob), 0);
  stop ();
}
END_TEST

/* Whether verify still takes what alice signed, with the snapshot that it
   has.  */
static void
expect_good (const struct blob *blob)
{
  static const struct packet_rule rule =
    PACKET_RULE (VERIFIED, 1, on_verified);
  size_t len = 0;

  send_signed (blob->data, blob->len);
  ck_assert_uint_eq (expect (out, &rule, &len), 0);
  ck_assert_uint_eq (len, blob->len);
}

/* A snapshot with nobody in it, SEALED or not.  */
static int
make_empty (bool sealed)
{
  int fd = memfd_create ("empty", MFD_ALLOW_SEALING);
  snapshot_writer_t writer;

  ck_assert_int_ge (fd, 0);
  ck_assert_uint_eq (snapshot_writer_open (fd, 1, &writer), 0);
  ck_assert_uint_eq (snapshot_writer_close (writer), 0);
  if (sealed)
    ck_assert_int_eq (fcntl (fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK
                             | F_SEAL_GROW | F_SEAL_WRITE), 0);
  return fd;
}

/* The newest snapshot counts from the next request on.  One that could still
   be written is not used, and an older one ends the role.  */
START_TEST (test_snapshots)
{
  static const struct packet_rule taken = PACKET_RULE (TAKEN, 1, on_taken);
  static struct blob good;
  uint64_t generation = 0;
  int open_fd = make_empty (false), empty = make_empty (true);

  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &good);
  stop ();
  start (verify_main);
  expect_ready ();
  expect_good (&good);
  hand_over (2, open_fd);
  expect_good (&good);
  hand_over (3, empty);
  ck_assert_uint_eq (expect (parent, &taken, &generation), 0);
  ck_assert_uint_eq (generation, 3);
  send_signed (good.data, good.len);
  ck_assert_uint_eq (expect_refused (), REFUSAL_UNKNOWN_KEY);
  hand_over (4, snapshot_fd);
  ck_assert_uint_eq (expect (parent, &taken, &generation), 0);
  ck_assert_uint_eq (generation, 4);
  expect_good (&good);
  hand_over (3, empty);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
  close (open_fd);
  close (empty);
}
END_TEST

static gpg_error_t
on_counts (void *hook, const struct message *msg)
{
  return packet_read_counts (msg, hook);
}

START_TEST (test_pass)
{
  static const struct packet_rule rule =
    PACKET_RULE (COUNTS, 1, on_counts);
  struct packet_refused refused = { origin, "", REFUSAL_DECRYPT };
  struct packet_counts counts, got;
  int i;

  memset (&counts, 0, sizeof counts);
  counts.n[REFUSAL_SEAL] = 7;
  counts.passed = 8;
  for (i = 0; i < 2; i++)
    {
      start (i? verify_main : unseal_main);
      expect_ready ();
      ck_assert_uint_eq (packet_send_counts (in, 0, &counts), 0);
      ck_assert_uint_eq (expect (out, &rule, &got), 0);
      ck_assert_mem_eq (&counts, &got, sizeof counts);
      ck_assert_uint_eq (packet_send_refused (in, 0, &refused), 0);
      ck_assert_uint_eq (expect_refused (), REFUSAL_DECRYPT);
      close (parent);           /* posternd dies.  */
      ck_assert_int_eq (exit_code (), ROLE_EXIT_STOP);
    }
}
END_TEST

START_TEST (test_breach)
{
  unsigned char junk[90] = { 9 };

  start (unseal_main);
  expect_ready ();
  ck_assert_uint_eq (message_send (in, PACKET_SIGNED, 0, junk, sizeof junk),
                     0);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
  start (unseal_main);          /* The right type, a body that is not.  */
  expect_ready ();
  ck_assert_uint_eq (message_send (in, PACKET_SEALED, 0, junk, sizeof junk),
                     0);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
  start (verify_main);
  expect_ready ();
  ck_assert_uint_eq (message_send (parent, PACKET_READY, 0, NULL, 0), 0);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
  start (verify_main);          /* decide asks what is no question.  */
  expect_ready ();
  ck_assert_uint_eq (message_send (out, PACKET_SIGNED, 0, junk, sizeof junk),
                     0);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_BREACH);
}
END_TEST

/* Another hash than the file's: the role does not start.  */
START_TEST (test_other_config)
{
  hash[0] = hash[0] == '0'? '1' : '0';
  start (verify_main);
  ck_assert_int_eq (exit_code (), ROLE_EXIT_CONFIG);
  hash[0] = 0;
}
END_TEST

static void
read_network (pid_t of, char text[64])
{
  char path[64];
  ssize_t n;

  snprintf (path, sizeof path, "/proc/%ld/ns/net", (long)of);
  n = readlink (path, text, 63);
  ck_assert_int_gt (n, 0);
  text[n] = 0;
}

/* There is nobody to reach.  */
START_TEST (test_network)
{
  int (*const role[]) (int, char **) = { unseal_main, verify_main };
  char ours[64], theirs[64];
  size_t i;

  read_network (getpid (), ours);
  for (i = 0; i < COUNT (role); i++)
    {
      start (role[i]);
      expect_ready ();
      read_network (pid, theirs);
      ck_assert_str_ne (ours, theirs);
      stop ();
    }
}
END_TEST

START_TEST (test_killed)
{
  struct blob blob;
  unsigned char data[MAXFILE];

  start (unseal_main);
  expect_ready ();
  send_sealed (data, slurp ("sealed", data));
  ck_assert_int_eq (kill (pid, SIGKILL), 0);
  ck_assert_int_eq (exit_code (), -SIGKILL);
  start (unseal_main);
  expect_ready ();
  unwrap ("sealed", &blob);
  stop ();
}
END_TEST

int
main (void)
{
  Suite *s = suite_create ("worker");
  TCase *tc = tcase_create ("all");
  SRunner *sr;
  int failed;

  if (geteuid () || !getpwnam (ROLE_USER_AGENT)
      || !getpwnam (ROLE_USER_MUSTER))
    {
      puts ("t-worker: skipped, it needs root and the service's users");
      return 77;
    }
  if (!run_user_hide ())
    return 77;
  tcase_add_unchecked_fixture (tc, setup_all, teardown_all);
  tcase_add_checked_fixture (tc, start_agent, stop_agent);
  tcase_add_test (tc, test_unseal);
  tcase_add_test (tc, test_verify);
  tcase_add_test (tc, test_recheck);
  tcase_add_test (tc, test_agent_ends);
  tcase_add_test (tc, test_snapshots);
  tcase_add_test (tc, test_pass);
  tcase_add_test (tc, test_breach);
  tcase_add_test (tc, test_other_config);
  tcase_add_test (tc, test_killed);
  tcase_add_test (tc, test_network);
  tcase_set_timeout (tc, 60);
  suite_add_tcase (s, tc);
  sr = srunner_create (s);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed? EXIT_FAILURE : EXIT_SUCCESS;
}
