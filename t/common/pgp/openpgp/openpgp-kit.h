/* openpgp-kit.h - Keys, agents and messages for the tests of openpgp.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#ifndef OPENPGP_KIT_H
#define OPENPGP_KIT_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../../../common/base/file.h"
#include "../../../../common/pgp/openpgp/agent-link.h"
#include "../../../../common/pgp/openpgp/openpgp-signature.h"
#include "../../../../common/wire/framing-local.h"
#include "../pgp-homes.h"

#define MAX_PARTS 8

/* One exported key: the primary key first.  */
struct exported
{
  unsigned char data[8192];
  size_t len;
  struct openpgp_key key[MAX_PARTS];
  size_t n;
};

/* Export the key for PATTERN of the home HOME and read its parts.  */
static inline void
export_parts (const char *home, const char *pattern, struct exported *out)
{
  const unsigned char *body;
  unsigned char *data;
  size_t at_byte = 0, n;

  ck_assert_int_eq (gpg (home, "-o", at ("parts"), "--export", pattern, NULL),
                    0);
  ck_assert_uint_eq (file_read (at ("parts"), sizeof out->data, &data,
                                &out->len), 0);
  memcpy (out->data, data, out->len);
  free (data);
  for (out->n = 0; framing_next_part (out->data, out->len, &at_byte, &body,
                                      &n); out->n++)
    {
      ck_assert_uint_lt (out->n, MAX_PARTS);
      ck_assert_uint_eq (openpgp_key_read (body, n, out->key + out->n), 0);
    }
}

/* The body of the first signature packet after part PART of KEY.  */
static inline const unsigned char *
find_binding (const struct exported *key, size_t part, size_t *r_len)
{
  struct packet pkt = { 0 };
  struct walk w;
  size_t seen = 0;

  ck_assert (framing_begin (&w, key->data, key->len));
  do
    {
      ck_assert (framing_next (&w, &pkt));
      seen += pkt.tag == TAG_PUBLIC_KEY || pkt.tag == TAG_PUBLIC_SUBKEY;
    }
  while (seen <= part || pkt.tag != TAG_SIGNATURE);
  *r_len = pkt.len;
  return pkt.first;
}

/* A socket that listens at the path NAME below BASE.  */
static inline int
listen_at (const char *name)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  snprintf (addr.sun_path, sizeof addr.sun_path, "%.90s", at (name));
  unlink (addr.sun_path);
  ck_assert_int_ge (fd, 0);
  ck_assert_int_eq (bind (fd, (struct sockaddr *)&addr, sizeof addr), 0);
  ck_assert_int_eq (listen (fd, 16), 0);
  return fd;
}

/* In the child: become the agent of HOME with the sockets STD and EXTRA.  */
static inline void
become_agent (const char *home, int std, int extra)
{
  char text[32], path[128];
  int out = open (at ("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

  snprintf (path, sizeof path, "%.100s", at (home));
  dup2 (out, 2);
  std = fcntl (std, F_DUPFD, 10);
  extra = fcntl (extra, F_DUPFD, 10);
  dup2 (std, 3);
  dup2 (extra, 4);
  signal (SIGPIPE, SIG_IGN);
  snprintf (text, sizeof text, "%ld", (long)getpid ());
  setenv ("LISTEN_PID", text, 1);
  setenv ("LISTEN_FDS", "2", 1);
  setenv ("LISTEN_FDNAMES", "std:extra", 1);
  execl (POSTERN_GPG_AGENT, "gpg-agent", "--homedir", path, "--supervised",
         (char *)NULL);
  _exit (127);
}

/* Start an agent of the home HOME that listens at "extra" below BASE on its
   restricted socket.  */
static inline pid_t
start_restricted (const char *home)
{
  int std = listen_at ("std"), extra = listen_at ("extra");
  pid_t pid = fork ();

  ck_assert_int_ge (pid, 0);
  if (!pid)
    become_agent (home, std, extra);
  close (std);
  close (extra);
  return pid;
}

/* A connection to the socket NAME that waits at most MS milliseconds.  */
static inline int
connect_to (const char *name, int ms)
{
  struct sockaddr_un addr = { .sun_family = AF_UNIX };
  struct timeval wait = { ms / 1000, ms % 1000 * 1000 };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  ck_assert_int_ge (fd, 0);
  snprintf (addr.sun_path, sizeof addr.sun_path, "%.90s", at (name));
  ck_assert_int_eq (connect (fd, (struct sockaddr *)&addr, sizeof addr), 0);
  ck_assert_int_eq (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &wait,
                                sizeof wait), 0);
  ck_assert_int_eq (setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &wait,
                                sizeof wait), 0);
  return fd;
}

static inline agent_link_t
open_link (void)
{
  agent_link_t link;

  ck_assert_uint_eq (agent_link_open (connect_to ("extra", DEADLINE), &link),
                     0);
  return link;
}

static int
run_openpgp_cases (TCase *tc)
{
  Suite *suite = suite_create ("openpgp");
  SRunner *sr;
  int failed;

  suite_add_tcase (suite, tc);
  sr = srunner_create (suite);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /*OPENPGP_KIT_H*/
