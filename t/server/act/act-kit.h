/* act-kit.h - The real act, with its channels in the test's hands.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * To be included by one file of a program.  The test plays posternd (on
 * PARENT) and decide (on DECIDE), which may be taken over; act is a child in
 * the test's network namespace, on real nftables.
 *
 *   launch   Start act by the configuration in config_dir (config-dir.h), on
 *            trial if TRIAL says for how long, and wait until it is ready.
 *   hear     Take one message of act's; the tables below note what came: a
 *            grant in GRANTED, a refusal in DENIED, a list's entries in
 *            LISTED and LAST and its end in LIST_END, a command's output in
 *            OUTPUT and its end in RAN, and so on.  A message that act may
 *            not send fails the test.
 *   stop     Send act a signal; its exit code, or -1 if a signal ended it.
 *
 * Messages to act go to DECIDE or PARENT by packet_send_*.  */

#ifndef POSTERN_TEST_ACT_KIT_H
#define POSTERN_TEST_ACT_KIT_H

#include "../../../server/act/act.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include "../../../common/base/encode.h"
#include "../../../common/base/secret.h"
#include "../../../server/role/mains.h"
#include "../config/config-dir.h"

#define MSECS 30000             /* For what must come.  */

/* FIELD is an array.  */
#define SET(field, text) snprintf (field, sizeof (field), "%s", text)

static pid_t act;
static int parent = -1, decide = -1;
static struct packet_granted granted;
static struct packet_closed closed;
static unsigned int denied, listed, rebuilt, ended;
static struct packet_listed last;       /* Of a list, ...  */
static struct packet_listed list_end;   /* ... and its end.  */
static unsigned int running, begun;
static struct packet_ran ran;
static bool has_ran;
static char output[CONFIG_MAX_OUTPUT];  /* Of one command at a time.  */
static size_t output_len;
static bool ready, kept, left, others;
static int exit_status;


static inline struct net_addr
address (const char *text)
{
  struct net_addr addr;

  ck_assert_uint_eq (netspec_addr_parse (text, &addr), 0);
  return addr;
}


static void
be_act (int to_parent, int to_decide, const char *trial)
{
  char hex[2 * CONFIG_HASHLEN + 1];
  char *argv[] = { (char *)"act", (char *)"--config", config_dir,
                   (char *)"--hash", hex, (char *)"--trial", (char *)trial,
                   NULL };

  if (!trial)
    argv[5] = NULL;
  encode_hex (config->hash, CONFIG_HASHLEN, hex);
  if (dup2 (to_parent, 100) < 0 || dup2 (to_decide, 101) < 0
      || dup2 (100, ROLE_FD_PARENT) < 0 || dup2 (101, ROLE_FD_UPSTREAM) < 0)
    _exit (99);
  /* As from posternd it gets nothing else: it would take the netlink port
     of our firewall, were that still open, for its own.  */
  if (close_range (5, UINT_MAX, 0))
    _exit (99);
  _exit (act_main (trial ? 7 : 5, argv));
}


static gpg_error_t
on_ready (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  ready = true;
  return 0;
}


static gpg_error_t
on_kept (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  kept = true;
  return 0;
}


static gpg_error_t
on_granted (void *hook, const struct message *msg)
{
  (void)hook;
  denied = 0;
  return packet_read_granted (msg, &granted);
}


static gpg_error_t
on_denied (void *hook, const struct message *msg)
{
  struct packet_denied d;
  gpg_error_t err = packet_read_denied (msg, &d);

  (void)hook;
  denied = d.refusal;
  return err;
}


static gpg_error_t
on_closed (void *hook, const struct message *msg)
{
  (void)hook;
  return packet_read_closed (msg, &closed);
}


static gpg_error_t
on_listed (void *hook, const struct message *msg)
{
  struct packet_listed l;
  gpg_error_t err = packet_read_listed (msg, &l);

  if (l.number)
    {
      listed++;
      last = l;
    }
  else
    {
      list_end = l;
      *(bool *)hook = true;
    }
  return err;
}


static gpg_error_t
on_rebuilt (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  rebuilt++;
  return 0;
}


static gpg_error_t
on_running (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  denied = 0;
  running++;
  return 0;
}


static gpg_error_t
on_begun (void *hook, const struct message *msg)
{
  struct packet_begun b;
  gpg_error_t err = packet_read_begun (msg, &b);

  (void)hook;
  begun++;
  others = b.others;
  return err;
}


static gpg_error_t
on_left (void *hook, const struct message *msg)
{
  (void)hook;
  (void)msg;
  left = true;
  return 0;
}


static gpg_error_t
on_output (void *hook, const struct message *msg)
{
  struct packet_output p;
  gpg_error_t err = packet_read_output (msg, &p);

  (void)hook;
  if (err)
    return err;
  if (!p.from)
    output_len = 0;
  ck_assert_uint_eq (p.from, output_len);
  memcpy (output + output_len, p.data, p.len);
  output_len += p.len;
  return 0;
}


static gpg_error_t
on_ran (void *hook, const struct message *msg)
{
  (void)hook;
  has_ran = true;
  return packet_read_ran (msg, &ran);
}


static gpg_error_t
on_ended (void *hook, const struct message *msg)
{
  struct packet_ended e;
  gpg_error_t err = packet_read_ended (msg, &e);

  (void)hook;
  ended = e.grants;
  return err;
}


static const struct packet_rule table[] =
  {
    PACKET_RULE (READY, FROM_ACT, on_ready),
    PACKET_RULE (KEPT, FROM_ACT, on_kept),
    PACKET_RULE (GRANTED, FROM_ACT, on_granted),
    PACKET_RULE (DENIED, FROM_ACT, on_denied),
    PACKET_RULE (CLOSED, FROM_ACT, on_closed),
    PACKET_RULE (LISTED, FROM_ACT, on_listed),
    PACKET_RULE (REBUILT, FROM_ACT, on_rebuilt),
    PACKET_RULE (ENDED, FROM_ACT, on_ended),
    PACKET_RULE (RUNNING, FROM_ACT, on_running),
    PACKET_RULE (OUTPUT, FROM_ACT, on_output),
    PACKET_RULE (RAN, FROM_ACT, on_ran),
    PACKET_RULE (BEGUN, FROM_ACT, on_begun),
    PACKET_RULE (LEFT, FROM_ACT, on_left)
  };


static void
hear (int fd, void *hook)
{
  struct pollfd p = { fd, POLLIN, 0 };

  ck_assert_int_eq (poll (&p, 1, MSECS), 1);
  ck_assert_uint_eq (packet_dispatch (fd, FROM_ACT, table,
                                      sizeof table / sizeof *table, hook),
                     0);
}


static void
launch (const char *trial)
{
  int a[2], b[2];

  ck_assert (!socketpair (AF_UNIX, SOCK_SEQPACKET, 0, a));
  ck_assert (!socketpair (AF_UNIX, SOCK_SEQPACKET, 0, b));
  parent = fcntl (a[0], F_DUPFD, 200);
  decide = fcntl (b[0], F_DUPFD, 200);
  close (a[0]);
  close (b[0]);
  act = fork ();
  ck_assert_int_ge (act, 0);
  if (!act)
    be_act (a[1], b[1], trial);
  close (a[1]);
  close (b[1]);
  ready = false;
  hear (parent, NULL);
  ck_assert (ready);
  begun = 0;
  hear (decide, NULL);          /* The first that it says.  */
  ck_assert_uint_eq (begun, 1);
}


/* SIGTERM, and its exit code.  */
static int
stop (int signal)
{
  kill (act, signal);
  ck_assert_int_eq (waitpid (act, &exit_status, 0), act);
  act = 0;
  close (parent);
  close (decide);
  return WIFEXITED (exit_status) ? WEXITSTATUS (exit_status) : -1;
}

#endif /*POSTERN_TEST_ACT_KIT_H*/
