/* t-control.c - The control socket.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "../server/control.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "decide-kit.h"

static int listener;
static char got[1 << 20];       /* What a connection said.  */
static size_t got_len;


static void
setup (void)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };

  signal (SIGPIPE, SIG_IGN);    /* As a role does.  */
  setup_kit ();
  snprintf (sun.sun_path, sizeof sun.sun_path, "%s/control", config_dir);
  listener = socket (AF_UNIX, SOCK_STREAM, 0);
  ck_assert_int_eq (bind (listener, (struct sockaddr *)&sun, sizeof sun), 0);
  ck_assert_int_eq (listen (listener, 32), 0);
  ck_assert_uint_eq (control_new (&decide, listener, getuid (),
                                  &decide.control), 0);
}

static void
teardown (void)
{
  control_release (decide.control);
  close (listener);
  teardown_kit ();
}

/* One turn of the loop, as decide_main runs it.  */
static void
serve (void)
{
  struct pollfd fds[CONTROL_FDS];
  unsigned int n = control_prepare (decide.control, fds);

  ck_assert_int_ge (poll (fds, n, 0), 0);
  clock_read (decide.clock, &decide.now);
  control_turn (decide.control, fds, n);
  turn ();
}

/* Until no more can be done for now.  */
static void
serve_all (void)
{
  do
    serve ();
  while (control_has_work (decide.control));
}

static int
dial (void)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

  snprintf (sun.sun_path, sizeof sun.sun_path, "%s/control", config_dir);
  ck_assert_int_eq (connect (fd, (struct sockaddr *)&sun, sizeof sun), 0);
  serve ();
  return fd;
}

static void
say (int fd, const char *text)
{
  ck_assert_int_eq (write (fd, text, strlen (text)), (ssize_t)strlen (text));
}

/* Take what is there; false at the end of the connection.  */
static bool
hear (int fd)
{
  ssize_t n;

  for (got_len = 0;; got_len += (size_t)n)
    {
      n = read (fd, got + got_len, sizeof got - 1 - got_len);
      if (n <= 0)
        break;
    }
  got[got_len] = 0;
  return n < 0 && errno == EAGAIN;
}

static int
dial_and_greet (void)
{
  int fd = dial ();

  ck_assert (hear (fd));
  ck_assert_int_eq (strncmp (got, "OK Postern", 10), 0);
  return fd;
}

static void
ask (int fd, const char *line)
{
  say (fd, line);
  serve ();
  serve_all ();
  ck_assert (hear (fd));
}

#define GOT(text) ck_assert_msg (strstr (got, text) != NULL, \
                                 "'%s' lacks '%s'", got, text)
#define ENDS_OK() ck_assert_msg (got_len >= 3 \
                                 && !strcmp (got + got_len - 3, "OK\n"), \
                                 "'%s' does not end with OK", got)

static void
list_one (uint64_t number)
{
  struct packet_listed listed;

  memset (&listed, 0, sizeof listed);
  listed.number = number;
  if (number)
    {
      listed.grant.request[0] = (unsigned char)number;
      snprintf (listed.grant.rule, sizeof listed.grant.rule, "ssh");
      snprintf (listed.grant.user, sizeof listed.grant.user, "alice");
      snprintf (listed.grant.fpr, sizeof listed.grant.fpr, FPR_ALICE);
      listed.grant.addr = address ("203.0.113.7");
      listed.grant.observed = address ("203.0.113.7");
      ck_assert_uint_eq (netspec_ports_parse ("tcp/22",
                                              &listed.grant.ports), 0);
      listed.grant.seconds = 30;
      listed.since = clock_seconds (&moment) - 10;
      listed.until = clock_seconds (&moment) + 20;
    }
  ck_assert_uint_eq (packet_send_listed (act_fd, asked_id, &listed), 0);
}

/* Three grants in two pages.  */
static void
list_three (void)
{
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 0);
  list_one (4);
  list_one (9);
  list_one (0);
  serve ();
  serve_all ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 9);
  list_one (11);
  list_one (0);
  serve ();
  serve_all ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (asked_list.after, 11);
  list_one (0);
  serve ();
}


START_TEST (status)
{
  int fd = dial_and_greet ();

  pass (200);                   /* The floor is gone.  */
  serve ();
  ask (fd, "STATUS\n");
  ck_assert_uint_eq (got_len, 0);       /* act is asked first.  */
  list_three ();
  ck_assert (hear (fd));
  GOT ("D {\"host\":\"web1\"");
  GOT ("\"grants\":3");
  GOT ("\"owed\":{}");
  GOT ("\"clock\":\"steady\"");
  GOT ("\"claims\":0");
  ENDS_OK ();
}
END_TEST

START_TEST (status_of_what_is_owed)
{
  struct packet_listed end = { .owed = 2, .since = 1799999000 };
  int fd = dial_and_greet ();

  ask (fd, "STATUS\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  ck_assert_uint_eq (packet_send_listed (act_fd, asked_id, &end), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("\"owed\":{\"close_commands\":2,\"since\":1799999000}");
  ENDS_OK ();
}
END_TEST

START_TEST (status_without_act)
{
  int fd = dial_and_greet ();

  ask (fd, "STATUS\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("\"grants\":null");
  GOT ("\"owed\":null");
  ENDS_OK ();
}
END_TEST

START_TEST (grants)
{
  int fd = dial_and_greet ();

  ask (fd, "grants\n");
  list_three ();
  ck_assert (hear (fd));
  GOT ("\"id\":\"04000000\"");
  GOT ("\"id\":\"09000000\"");
  GOT ("\"id\":\"0b000000\"");
  GOT ("\"user\":\"alice\"");
  GOT ("\"left\":20");
  ENDS_OK ();
  ask (fd, "GRANTS\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT ("act does not answer");
}
END_TEST

static void
closes (int fd, const char *line, const char *user, const char *prefix,
        bool all)
{
  struct packet_closed closed = { 0, 1 };

  ask (fd, line);
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, user);
  ck_assert_str_eq (asked_close.prefix, prefix);
  ck_assert (asked_close.all == all);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":1}");
  ENDS_OK ();
}

START_TEST (close_grants)
{
  struct packet_closed closed = { REFUSAL_AMBIGUOUS, 0 };
  int fd = dial_and_greet ();

  closes (fd, "CLOSE 04000000\n", "", "04000000", false);
  ck_assert_ptr_nonnull (strstr (last_row (), "\"result\":\"closed\""));
  ck_assert_ptr_nonnull (strstr (last_row (), "04000000: 1 closed"));
  closes (fd, "CLOSE --user=alice\n", "alice", "", true);
  closes (fd, "CLOSE --all\n", "", "", true);
  closes (fd, "CLOSE --user=alice 04\n", "alice", "04", false);
  ask (fd, "CLOSE 0\n");
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT (refusal_text (REFUSAL_AMBIGUOUS));
}
END_TEST

START_TEST (revoke_person)
{
  struct packet_closed closed = { 0, 2 };
  int fd = dial_and_greet ();

  ask (fd, "REVOKE --user=alice --by=root --why=left%20the%20team\n");
  ck_assert_uint_eq (got_len, 0);
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  ck_assert_str_eq (asked_close.user, "alice");
  ck_assert (asked_close.all && !*asked_close.prefix);
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":2}");
  ENDS_OK ();
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"result\":\"event\",\"stage\":\"roster\"");
  GOT ("\"reason\":\"the person was revoked\"");
  GOT ("\"user\":\"alice\",\"fpr\":\"" FPR_ALICE "\"");
  GOT ("\"action\":\"revoke\"");
  GOT ("\"by root; left the team; grants closed: 2\"");
  /* Who has nothing open is revoked as well.  */
  ask (fd, "REVOKE --user=alice\n");
  ck_assert_uint_eq (asked (), PACKET_CLOSE);
  closed.refusal = REFUSAL_NOTHING;
  closed.n = 0;
  ck_assert_uint_eq (packet_send_closed (act_fd, asked_id, &closed), 0);
  serve ();
  ck_assert (hear (fd));
  GOT ("D {\"closed\":0}");
  ENDS_OK ();
  /* And the row stands even where act is away.  */
  ask (fd, "REVOKE --user=alice --why=again\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("act does not answer");
  ck_assert_ptr_nonnull (strstr (last_row (), "\"again\""));
}
END_TEST

START_TEST (note)
{
  int fd = dial_and_greet ();

  ask (fd, "NOTE --user=alice --action=replace --by=root --fpr=" FPR_BOB
       "\n");
  ck_assert_str_eq (got, "OK\n");
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"reason\":\"the person's key was replaced\"");
  GOT ("\"user\":\"alice\",\"fpr\":\"" FPR_BOB "\"");
  ask (fd, "NOTE --user=carol --action=enroll\n");
  ck_assert_str_eq (got, "OK\n");
  snprintf (got, sizeof got, "%s", last_row ());
  GOT ("\"detail\":\"carol\"");
  ck_assert_ptr_null (strstr (got, "\"user\""));
}
END_TEST

/* A request of alice's that comes to a grant.  */
static void
request_once (void)
{
  next_request (REQUEST_OPEN);
  send_request (FPR_ALICE);
  serve ();
  ck_assert_uint_eq (asked (), PACKET_GRANT);
  grant_it (30);
}

START_TEST (last_seen)
{
  int fd = dial_and_greet ();
  char time[32];

  ask (fd, "LASTSEEN\n");
  ck_assert_str_eq (got, "OK\n");
  request_once ();
  pass (20);
  request_once ();
  snprintf (time, sizeof time, "\"time\":%llu",
            (unsigned long long)clock_seconds (&moment));
  pass (20);
  /* The same once more is no request of hers: it was refused before the
     claim.  */
  send_request (FPR_ALICE);
  serve ();
  ck_assert_ptr_nonnull (strstr (last_row (),
                                 refusal_text (REFUSAL_REPLAY)));
  ask (fd, "LASTSEEN\n");
  GOT ("D {\"user\":\"alice\"");
  GOT (time);
  GOT ("\"result\":\"done\"");
  ck_assert_ptr_null (strstr (strchr (got, '\n') + 1, "D "));
  ENDS_OK ();
  ask (fd, "LASTSEEN --user=alice\n");
  GOT (time);
  ask (fd, "LASTSEEN --user=bob\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (wrong_arguments)
{
  static const char *const lines[] =
    { "CLOSE\n", "CLOSE zz\n", "CLOSE --user=Al/ice\n", "CLOSE --user=\n",
      "CLOSE 1 2\n", "STATUS now\n", "GRANTS all\n", "AUDIT --limit=501\n",
      "AUDIT --limit=x\n", "AUDIT what\n", "AUDIT --after=-1\n",
      "REVOKE\n", "REVOKE --user=Al/ice\n", "REVOKE --user=alice --by=\n",
      "REVOKE alice\n", "REVOKE --user=alice --why=%0A\n",
      "REVOKE --user=alice --user=bob\n", "REVOKE --user=alice --fpr=12\n",
      "REVOKE --user=alice --action=enroll\n", "NOTE --user=alice\n",
      "NOTE --user=alice --action=praise\n", "NOTE --action=enroll\n",
      "LASTSEEN alice\n", "LASTSEEN --user=alice bob\n",
      "HORIZON reset\n", "HORIZON --reset 1\n", "HORIZON 1 2\n",
      "HORIZON -1\n", "HORIZON 1x\n", "KEEP it\n", "RELOAD it\n",
      "SETTLED now\n", "FROB\n" };
  int fd = dial_and_greet ();
  size_t i;

  for (i = 0; i < COUNT (lines); i++)
    {
      ask (fd, lines[i]);
      ck_assert_msg (!strncmp (got, "ERR ", 4), "%s: %s", lines[i], got);
      ck_assert_uint_eq (asked (), 0);
    }
  ask (fd, "AUDIT --limit=500\n");
  ENDS_OK ();
}
END_TEST

START_TEST (audit)
{
  int fd = dial_and_greet ();

  send_request (FPR_BOB);               /* Nobody here.  */
  serve ();
  ask (fd, "AUDIT --last=1\n");
  GOT ("\"result\":\"refused\"");
  GOT ("\"source\":\"127.0.0.1\"");
  ENDS_OK ();
  ask (fd, "AUDIT --result=event\n");
  GOT ("the store is not the one that was left");
  ask (fd, "AUDIT --result=done --user=alice --source=127.0.0.1"
       " --host=web1 --since=5 --until=1900000000 --after=0\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (a_long_answer)
{
  int fd = dial_and_greet (), i, n = 0;
  const char *p;

  for (i = 0; i < 400; i++)
    audit_event (decide.audit, &moment, "act", "something that took place");
  ask (fd, "AUDIT --limit=400\n");
  ENDS_OK ();
  for (p = got; (p = strstr (p, "something that took")); p++)
    n++;
  ck_assert_int_ge (n, 390);
}
END_TEST

START_TEST (horizon)
{
  int fd = dial_and_greet ();

  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"settling: ");
  ask (fd, "HORIZON 1\n");
  GOT ("\"refused\":true");
  ENDS_OK ();
  pass (200);
  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"steady\"");
  GOT ("\"max_age\":120");
  ENDS_OK ();
  ask (fd, "HORIZON 4000000000\n");
  GOT ("\"refused\":false");
  ENDS_OK ();
  moment.wall -= 5000 * (int64_t)CLOCK_SECOND;
  ask (fd, "HORIZON\n");
  GOT ("\"clock\":\"warning: put back by 5000 s, more than max-age");
  ask (fd, "HORIZON --reset\n");
  GOT ("\"clock\":\"settling: ");
  ask (fd, "AUDIT --last=1\n");
  GOT ("the horizon was reset by hand");
}
END_TEST

static uint64_t parent_id;
static uint16_t parent_type;

static gpg_error_t
on_parent (void *hook, const struct message *msg)
{
  (void)hook;
  parent_id = msg->id;
  parent_type = msg->type;
  return 0;
}

static uint16_t
parent_asked (void)
{
  static const struct message_rule table[] =
    { { PACKET_RELOAD, FROM_DECIDE, 0, 0, on_parent },
      { PACKET_KEEP, FROM_DECIDE, 0, 0, on_parent },
      { PACKET_SETTLED, FROM_DECIDE, 0, 0, on_parent } };

  parent_type = 0;
  message_dispatch (parent_fd, FROM_DECIDE, table, COUNT (table), NULL);
  return parent_type;
}

START_TEST (reload)
{
  struct packet_reloaded answer = { "" };
  int fd = dial_and_greet ();

  ask (fd, "RELOAD\n");
  ck_assert_uint_eq (got_len, 0);
  ck_assert_uint_eq (parent_asked (), PACKET_RELOAD);
  ck_assert_uint_eq (packet_send_reloaded (parent_fd, parent_id, &answer),
                     0);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "RELOAD\n");
  ck_assert_uint_eq (parent_asked (), PACKET_RELOAD);
  memset (answer.message, 'x', 400);
  memcpy (answer.message, "access.conf:7: ", 15);
  ck_assert_uint_eq (packet_send_reloaded (parent_fd, parent_id, &answer),
                     0);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT (answer.message);                 /* Whole.  */
}
END_TEST

/* posternd's word for whether a reload is over.  */
START_TEST (settled)
{
  struct packet_reloaded answer = { "still being taken over" };
  int fd = dial_and_greet ();

  ask (fd, "SETTLED\n");
  ck_assert_uint_eq (parent_asked (), PACKET_SETTLED);
  packet_send_reloaded (parent_fd, parent_id, &answer);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
  GOT ("still being taken over");
  ask (fd, "SETTLED\n");
  ck_assert_uint_eq (parent_asked (), PACKET_SETTLED);
  *answer.message = 0;
  packet_send_reloaded (parent_fd, parent_id, &answer);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (keep)
{
  int fd = dial_and_greet ();

  decide.trial = 300;
  ask (fd, "KEEP\n");
  ck_assert_uint_eq (parent_asked (), PACKET_KEEP);
  ck_assert_uint_eq (message_send (parent_fd, PACKET_KEPT, parent_id, NULL,
                                   0), 0);
  serve ();
  ck_assert (hear (fd));
  ck_assert_str_eq (got, "OK\n");
  ck_assert_uint_eq (decide.trial, 0);
  ask (fd, "KEEP\n");
  pass (4);
  serve ();
  ck_assert (hear (fd));
  GOT ("ERR ");
}
END_TEST

START_TEST (help_and_the_rest)
{
  int fd = dial_and_greet ();

  ask (fd, "HELP\n");
  GOT ("# CLOSE [--user=NAME]");
  GOT ("# HORIZON [--reset|TIME]");
  ENDS_OK ();
  ask (fd, "# a comment\n\nNOP\n");
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "OPTION ttyname=none\n");
  ck_assert_str_eq (got, "OK\n");
  say (fd, "BYE\n");
  serve ();
  ck_assert (!hear (fd));
  ck_assert_int_eq (strncmp (got, "OK closing", 10), 0);
}
END_TEST

START_TEST (half_a_line_holds_nobody_up)
{
  int fd = dial_and_greet (), other = dial_and_greet ();

  ask (fd, "NO");
  ck_assert_uint_eq (got_len, 0);
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  ask (fd, "P\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (several_lines_at_once)
{
  int fd = dial_and_greet ();

  ask (fd, "NOP\nNOP\nSTATUS\nNOP\n");
  ck_assert_str_eq (got, "OK\nOK\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  list_one (0);
  serve ();
  serve ();
  ck_assert (hear (fd));
  GOT ("\"grants\":0");
  ck_assert_str_eq (got + got_len - 6, "OK\nOK\n");
}
END_TEST

START_TEST (a_line_too_long)
{
  char line[5000];
  int fd = dial_and_greet (), other;

  memset (line, 'x', sizeof line);
  ck_assert_int_eq (write (fd, line, sizeof line), sizeof line);
  serve ();
  serve ();
  ck_assert (!hear (fd));
  other = dial_and_greet ();
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

START_TEST (gone_while_it_waits)
{
  int fd = dial_and_greet ();

  ask (fd, "GRANTS\n");
  ck_assert_uint_eq (asked (), PACKET_LIST);
  close (fd);
  serve ();
  ck_assert_uint_eq (pending_count (decide.pending), 0);
  list_one (0);
  serve ();
  fd = dial_and_greet ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

static void
fill_audit (int n)
{
  char what[2048];
  int i, wait;

  memset (what, 'x', sizeof what);
  what[200] = 0;
  for (i = 0; i < n; i++)
    {
      audit_event (decide.audit, &moment, "act", what);
      if (i % 200 == 199)
        audit_flush (decide.audit, &moment, true, &wait);
    }
  audit_flush (decide.audit, &moment, true, &wait);
}

/* Take what is there, and what comes of that; returns how many rows of the
   chain came.  */
static int
drain (int fd)
{
  int n = 0;
  const char *p;
  bool more;

  do
    {
      ck_assert (hear (fd));
      more = got_len;
      for (p = got; (p = strstr (p, "\"stage\":")); p++)
        n++;
      serve_all ();
    }
  while (more && strcmp (got + got_len - 3, "OK\n"));
  return n;
}

/* A reader that takes its time gets all of its answer, and holds nobody up:
   another gets a long answer meanwhile, whole.  */
START_TEST (a_slow_reader)
{
  int fd = dial_and_greet (), other = dial_and_greet (), n;

  fill_audit (3000);            /* More than a socket and our queue take. */
  say (fd, "CHAIN\n");
  serve ();
  serve_all ();
  pass (30);
  ask (other, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  say (other, "CHAIN\n");
  serve ();
  serve_all ();
  n = drain (other);
  ck_assert_int_ge (n, 3000);
  GOT ("D {\"postern-audit-end\":1,");
  pass (59 - 30);
  ck_assert_int_eq (drain (fd), n);
  GOT ("D {\"postern-audit-end\":1,");
  ENDS_OK ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

/* What waits for readers that do not read is bounded.  */
START_TEST (many_slow_readers)
{
  int fd[CONTROL_MAX_UID], i;
  size_t before;

  fill_audit (3000);
  for (i = 0; i < CONTROL_MAX_UID; i++)
    fd[i] = dial_and_greet ();
  before = mallinfo2 ().uordblks;
  for (i = 0; i < CONTROL_MAX_UID; i++)
    say (fd[i], "CHAIN\nCHAIN\nCHAIN\n");
  serve ();
  serve_all ();
  ck_assert_uint_le (mallinfo2 ().uordblks,
                     before + CONTROL_MAX_UID * 3 * CONTROL_QUEUE);
  ck_assert_int_ge (drain (fd[3]), 9000);
}
END_TEST

/* Who asks and never reads is let go; who reads a little stays.  */
START_TEST (nobody_reads)
{
  int fd = dial_and_greet (), other = dial_and_greet (), i;

  fill_audit (3000);
  say (fd, "CHAIN\n");
  say (other, "CHAIN\n");
  serve ();
  serve_all ();
  for (i = 0; i < 10; i++)
    {
      pass (10);
      ck_assert_int_gt (read (other, got, 16384), 0);
      serve ();
      serve_all ();
    }
  /* What it did not take ends in the midst.  */
  ck_assert (!hear (fd));
  ck_assert_ptr_null (strstr (got, "postern-audit-end"));
  ck_assert_int_ge (drain (other), 2500);
  GOT ("D {\"postern-audit-end\":1,");
  fd = dial_and_greet ();
  ask (fd, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST

/* It has said all that it wanted to know, and reads.  */
START_TEST (half_closed)
{
  int fd = dial_and_greet ();
  size_t len = 0;
  ssize_t n;

  fill_audit (3000);
  say (fd, "CHAIN\nNOP\n");
  ck_assert_int_eq (shutdown (fd, SHUT_WR), 0);
  serve ();
  do
    {
      serve_all ();
      while ((n = read (fd, got, sizeof got - 1)) > 0)
        len = (size_t)n;
    }
  while (n < 0);
  got[len] = 0;
  ck_assert_str_eq (got + len - 6, "OK\nOK\n");
}
END_TEST

/* act is asked for as many grants as there is room for.  */
START_TEST (many_grants)
{
  int fd = dial_and_greet (), i, j;
  uint64_t number = 0;

  say (fd, "GRANTS\n");
  serve ();
  for (i = 0; i < 1000 && asked () == PACKET_LIST; i++)
    {
      for (j = 0; j < 64; j++)
        list_one (++number);
      list_one (0);
      serve ();
      serve ();
    }
  ck_assert_int_lt (i, 100);
  pass (30);                    /* Nobody waits for act in vain.  */
  serve ();
  ck_assert (hear (fd));
  ck_assert_ptr_null (strstr (got, "ERR"));
  serve ();
  serve ();
  ck_assert_uint_eq (asked (), PACKET_LIST);
  list_one (0);
  serve ();
  ck_assert (hear (fd));
  ENDS_OK ();
}
END_TEST

/* A new connection waits for its place a moment, and gets that of the one
   that asked nothing for longest; never of one that waits for act.  */
START_TEST (so_many_connections)
{
  int fd[CONTROL_MAX_UID], i, more, another;

  for (i = 0; i < CONTROL_MAX_UID; i++)
    fd[i] = dial_and_greet ();
  say (fd[0], "STATUS\n");
  serve ();
  more = dial ();
  ck_assert (hear (more));
  ck_assert_uint_eq (got_len, 0);
  another = dial ();
  close (fd[3]);
  serve ();
  ck_assert (hear (more));
  GOT ("OK Postern");
  ask (more, "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  ck_assert (hear (another));
  ck_assert_uint_eq (got_len, 0);
  pass (2);
  ask (fd[1], "NOP\n");
  ck_assert_str_eq (got, "OK\n");
  serve ();
  ck_assert (hear (another));
  GOT ("OK Postern");
  ck_assert (!hear (fd[2]));
  ck_assert (hear (fd[1]) && hear (fd[4]));
  list_one (0);
  serve ();
}
END_TEST

START_TEST (another_user_may_not)
{
  pid_t pid;
  int left;

  if (getuid ())
    return;                     /* Only root can become another.  */
  ck_assert_int_eq (chmod (config_dir, 0755), 0);
  ck_assert_int_eq (chmod (in_dir ("control"), 0666), 0);
  pid = fork ();
  if (!pid)
    {
      if (setuid (65534))
        _exit (1);
      struct sockaddr_un sun = { .sun_family = AF_UNIX };
      int fd = socket (AF_UNIX, SOCK_STREAM, 0);
      char c;

      snprintf (sun.sun_path, sizeof sun.sun_path, "%s/control", config_dir);
      if (connect (fd, (struct sockaddr *)&sun, sizeof sun))
        _exit (2);
      _exit (read (fd, &c, 1) == 0 ? 0 : 3);
    }
  while (!waitpid (pid, &left, WNOHANG))
    serve ();
  ck_assert_int_eq (left, 0);
  ask (dial_and_greet (), "NOP\n");
  ck_assert_str_eq (got, "OK\n");
}
END_TEST


int
main (void)
{
  Suite *suite = suite_create ("control");
  TCase *tc = tcase_create ("control");
  SRunner *sr;
  int failed;

  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, status);
  tcase_add_test (tc, status_of_what_is_owed);
  tcase_add_test (tc, status_without_act);
  tcase_add_test (tc, grants);
  tcase_add_test (tc, close_grants);
  tcase_add_test (tc, revoke_person);
  tcase_add_test (tc, note);
  tcase_add_test (tc, last_seen);
  tcase_add_test (tc, wrong_arguments);
  tcase_add_test (tc, audit);
  tcase_add_test (tc, a_long_answer);
  tcase_add_test (tc, horizon);
  tcase_add_test (tc, reload);
  tcase_add_test (tc, settled);
  tcase_add_test (tc, keep);
  tcase_add_test (tc, help_and_the_rest);
  tcase_add_test (tc, half_a_line_holds_nobody_up);
  tcase_add_test (tc, several_lines_at_once);
  tcase_add_test (tc, a_line_too_long);
  tcase_add_test (tc, gone_while_it_waits);
  tcase_add_test (tc, a_slow_reader);
  tcase_add_test (tc, many_slow_readers);
  tcase_add_test (tc, nobody_reads);
  tcase_add_test (tc, half_closed);
  tcase_add_test (tc, many_grants);
  tcase_add_test (tc, so_many_connections);
  tcase_add_test (tc, another_user_may_not);
  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
