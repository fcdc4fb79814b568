/* control-kit.h - A control socket, its decide, and who connects to it.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef CONTROL_KIT_H
#define CONTROL_KIT_H

#include "../../../server/decide/control.h"

#include <errno.h>
#include <signal.h>
#include <sys/un.h>
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

#endif /*CONTROL_KIT_H*/
