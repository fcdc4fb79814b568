/* t-vouch.c - vouch as it runs, with a decide that asks what it must not.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Needs root, and vouch's user.  */

#include "../../../server/ipc/packets.h"
#include "../../../server/role/role.h"

#include "../config/config-dir.h"

#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include "../../../common/wire/credential.h"
#include "../../../common/base/encode.h"
#include "../../../common/base/secret.h"
#include "../../../server/role/confine.h"
#include "../../../server/vouch/vouch.h"

#define HASH "$y$j9T$m7tmEUlfI4RvgIyv7JCus0$" \
  "8whPyUhv0gO3aip9Kt0ZDdr9z67STwNeGPWH3n6Zd9B"  /* Of "correct horse".  */
#define PASSWD "alice:" HASH "\nalice.b:" HASH "\nbob:" HASH "\n"

static pid_t vouch;
static int parent_fd, decide_fd;
static struct packet_ask question;
static unsigned char box[CREDENTIAL_MAXLEN];
static uint64_t last_id, answered_id;
static int answered;


static const char access_conf[] =
  "user alice { key = '" FPR_ALICE "' groups = {'ops'}"
  " logins = {'alice.b'} }\n"
  "user bob { key = '" FPR_BOB "' groups = {'none'} }\n"
  "rule ssh { groups = {'ops'} ports = {'tcp/22'} require = 'crypt' }\n"
  "rule web { groups = {'ops'} ports = {'tcp/80'} }\n"
  "rule dir { groups = {'ops'} ports = {'tcp/81'}"
  " require = 'ldap:corp' }\n";

static void
attach (const char *password)
{
  char text[CREDENTIAL_MAX_TEXT + 1];
  credential_t credential;
  size_t len;

  memset (question.key, 7, sizeof question.key);
  ck_assert_uint_eq (credential_new (&credential), 0);
  ck_assert_uint_eq (credential_set_password (credential, password,
                                              strlen (password)), 0);
  len = credential_write (credential, text);
  credential_release (credential);
  ck_assert_uint_eq (seal_box (question.key, text, len, box), 0);
  question.attachment = box;
  question.attachment_len = len + SEAL_OVERHEAD;
}

/* Behind fork.  */
static void
become_vouch (int parent, int decide)
{
  const char *bin = getenv ("POSTERN_BIN");
  char path[4096], hex[2 * CONFIG_HASHLEN + 1];
  int a = fcntl (parent, F_DUPFD, 64), b = fcntl (decide, F_DUPFD, 64);

  snprintf (path, sizeof path, "%s/vouch", bin ? bin : ".");
  encode_hex (config->hash, CONFIG_HASHLEN, hex);
  hex[2 * CONFIG_HASHLEN] = 0;
  signal (SIGTERM, SIG_DFL);
  dup2 (a, ROLE_FD_PARENT);
  dup2 (b, ROLE_FD_UPSTREAM);
  dup2 (open ("/dev/null", O_RDWR), ROLE_FD_DOWNSTREAM);
  confine_close_from (ROLE_FD_DOWNSTREAM + 1);
  execl (path, "vouch", "--config", config_dir, "--hash", hex, NULL);
  _exit (99);
}

static gpg_error_t
nothing (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  return 0;
}

static void
setup (void)
{
  static const struct packet_rule ready[] =
    { PACKET_RULE (READY, FROM_VOUCH, nothing) };
  struct pollfd pfd;
  int a[2], b[2];

  setup_dir ();
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  put ("posternd.conf", POSTERND "ldap corp { uri = 'ldap://127.0.0.1:1'"
       " bind-dn = 'uid={user},dc=org' }\n");
  put ("access.conf", access_conf);
  put ("passwd", PASSWD);
  ck_assert_msg (!load (), "%s", message);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, a), 0);
  ck_assert_int_eq (socketpair (AF_UNIX, SOCK_SEQPACKET, 0, b), 0);
  vouch = fork ();
  if (!vouch)
    become_vouch (a[1], b[1]);
  close (a[1]);
  parent_fd = a[0];
  decide_fd = b[0];             /* posternd holds the other end, too.  */
  pfd = (struct pollfd){ parent_fd, POLLIN, 0 };
  ck_assert_int_eq (poll (&pfd, 1, 300000), 1);
  ck_assert_uint_eq (packet_dispatch (parent_fd, FROM_VOUCH, ready, 1, NULL),
                     0);
  memset (&question, 0, sizeof question);
  memcpy (question.hash, config->hash, CONFIG_HASHLEN);
  snprintf (question.rule, sizeof question.rule, "%s", "ssh");
  snprintf (question.user, sizeof question.user, "%s", "alice");
  snprintf (question.account, sizeof question.account, "%s", "alice");
  attach ("correct horse");
}

/* How it ends by itself.  */
static int
its_end (void)
{
  int status;

  ck_assert_int_eq (waitpid (vouch, &status, 0), vouch);
  return WIFEXITED (status) ? WEXITSTATUS (status) : -WTERMSIG (status);
}

static int
end_vouch (void)
{
  close (parent_fd);
  return its_end ();
}

static gpg_error_t
on_answer (void *hook, const struct message *msg)
{
  struct packet_answer p;
  gpg_error_t err = packet_read_answer (msg, &p);

  (void)hook;
  answered = p.refusal;
  answered_id = msg->id;
  return err;
}

/* The next answer.  */
static int
hear (void)
{
  static const struct packet_rule table[] =
    { PACKET_RULE (ANSWER, FROM_VOUCH, on_answer) };
  struct pollfd pfd = { decide_fd, POLLIN, 0 };

  ck_assert_int_eq (poll (&pfd, 1, 300000), 1);
  ck_assert_uint_eq (packet_dispatch (decide_fd, FROM_VOUCH, table, 1, NULL),
                     0);
  return answered;
}

static int
ask (void)
{
  ck_assert_uint_eq (packet_send_ask (decide_fd, ++last_id, &question), 0);
  hear ();
  ck_assert_uint_eq (answered_id, last_id);
  return answered;
}


START_TEST (what_a_rule_requires)
{
  ck_assert_int_eq (ask (), REFUSAL_NONE);
  snprintf (question.account, sizeof question.account, "%s", "alice.b");
  ck_assert_int_eq (ask (), REFUSAL_NONE);
  attach ("wrong");
  ck_assert_int_eq (ask (), REFUSAL_CREDENTIAL_WRONG);
  snprintf (question.rule, sizeof question.rule, "%s", "dir");
  ck_assert_int_eq (ask (), REFUSAL_VOUCH_UNREACHABLE);
  ck_assert_int_eq (end_vouch (), ROLE_EXIT_STOP);
}
END_TEST

/* Though the password is right each time.  */
START_TEST (what_no_rule_requires)
{
  static const struct { const char *rule, *user, *account; } wrong[] =
    {
      { "ssh", "alice", "bob" },        /* Another's account.  */
      { "ssh", "bob", "bob" },          /* Not in the rule.  */
      { "ssh", "carol", "carol" },      /* Nobody.  */
      { "web", "alice", "alice" },      /* Requires none.  */
      { "none", "alice", "alice" }
    };
  size_t i;

  for (i = 0; i < COUNT (wrong); i++)
    {
      snprintf (question.rule, sizeof question.rule, "%s", wrong[i].rule);
      snprintf (question.user, sizeof question.user, "%s", wrong[i].user);
      snprintf (question.account, sizeof question.account, "%s",
                wrong[i].account);
      ck_assert_int_eq (ask (), REFUSAL_VOUCH_FAILED);
    }
  snprintf (question.rule, sizeof question.rule, "%s", "ssh");
  snprintf (question.user, sizeof question.user, "%s", "alice");
  snprintf (question.account, sizeof question.account, "%s", "alice");
  question.hash[0] ^= 1;
  ck_assert_int_eq (ask (), REFUSAL_OTHER_CONFIG);
  question.hash[0] ^= 1;
  ck_assert_int_eq (ask (), REFUSAL_NONE);
  ck_assert_int_eq (end_vouch (), ROLE_EXIT_STOP);
}
END_TEST

/* More than it does at once: the rest waits, and all are answered.  */
START_TEST (many_at_once)
{
  bool seen[21] = { false };
  int i;

  for (i = 1; i <= 20; i++)
    ck_assert_uint_eq (packet_send_ask (decide_fd, (uint64_t)i, &question),
                       0);
  for (i = 1; i <= 20; i++)
    {
      ck_assert_int_eq (hear (), REFUSAL_NONE);
      ck_assert_uint_le (answered_id, 20);
      ck_assert (!seen[answered_id]);
      seen[answered_id] = true;
    }
  ck_assert_int_eq (end_vouch (), ROLE_EXIT_STOP);
}
END_TEST

/* As proc(5) has it; 0: there is no such process.  */
static char
state_of (int pid)
{
  char path[64], state = 0;
  FILE *fp;

  snprintf (path, sizeof path, "/proc/%d/stat", pid);
  fp = fopen (path, "r");
  if (fp && fscanf (fp, "%*d %*s %c", &state) != 1)
    state = 0;
  if (fp)
    fclose (fp);
  return state;
}

/* Send SIGNO to all checks of vouch; the number of those in STATE.  */
static unsigned int
signal_checks (int signo, char state)
{
  char path[64];
  unsigned int n = 0;
  FILE *fp;
  int pid;

  snprintf (path, sizeof path, "/proc/%d/task/%d/children", (int)vouch,
            (int)vouch);
  fp = fopen (path, "r");
  ck_assert_ptr_nonnull (fp);
  while (fscanf (fp, "%d", &pid) == 1)
    {
      kill (pid, signo);
      n += state_of (pid) == state;
    }
  fclose (fp);
  return n;
}

static void
ask_more (uint64_t n)
{
  while (n--)
    ck_assert_uint_eq (packet_send_ask (decide_fd, ++last_id, &question), 0);
}

/* All places are taken, and all checks end while vouch does not look: it
   goes on with what waits.  A check that stands still for its five seconds
   is ended by vouch, which makes a place for another one.  */
START_TEST (all_end_at_once)
{
  const struct timespec ms = { 0, 1000000 };
  struct pollfd pfd = { decide_fd, POLLIN, 0 };
  int i;

  ask_more (20);
  while (signal_checks (SIGSTOP, 'T') < VOUCH_CHECKS
         || state_of (vouch) != 'S')
    {
      nanosleep (&ms, NULL);
      for (; poll (&pfd, 1, 0); ask_more (1))
        hear ();
    }
  ck_assert_int_eq (kill (vouch, SIGSTOP), 0);
  /* One of them may have gone just now.  */
  for (i = 0; i < 9000 && (state_of (vouch) != 'T'
                           || signal_checks (SIGKILL, 'Z') < VOUCH_CHECKS);
       i++)
    nanosleep (&ms, NULL);
  ck_assert_int_eq (kill (vouch, SIGCONT), 0);
  do
    hear ();
  while (answered_id != last_id);
  ck_assert_int_eq (end_vouch (), ROLE_EXIT_STOP);
}
END_TEST

START_TEST (messages_that_must_not_be)
{
  struct packet_denied denied = { REFUSAL_PORTS };

  ck_assert_uint_eq (packet_send_denied (decide_fd, 1, &denied), 0);
  ck_assert_int_eq (its_end (), ROLE_EXIT_BREACH);
}
END_TEST

START_TEST (a_question_that_must_not_be)
{
  snprintf (question.account, sizeof question.account, "%s", "a\nb");
  ck_assert_uint_eq (packet_send_ask (decide_fd, 1, &question), 0);
  ck_assert_int_eq (its_end (), ROLE_EXIT_BREACH);
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("vouch");
  TCase *tc = tcase_create ("all");
  SRunner *runner;
  int failed;

  if (geteuid () || !getpwnam (ROLE_USER_VOUCH))
    {
      puts ("skipped: needs root, and the user " ROLE_USER_VOUCH);
      return 77;
    }
  if (secret_init (65536))
    return 77;
  tcase_add_checked_fixture (tc, setup, teardown_dir);
  tcase_set_timeout (tc, 120);
  tcase_add_test (tc, what_a_rule_requires);
  tcase_add_test (tc, what_no_rule_requires);
  tcase_add_test (tc, many_at_once);
  tcase_add_test (tc, all_end_at_once);
  tcase_add_test (tc, messages_that_must_not_be);
  tcase_add_test (tc, a_question_that_must_not_be);
  suite_add_tcase (suite, tc);
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
