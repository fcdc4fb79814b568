/* fuzz-control.c - Any lines to the control socket.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * decide with a store of its own; act and posternd are played here and
 * answer at once, or (by the first byte) never.  */

#include "../../server/decide/control.h"

#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "../../common/base/secret.h"

#define MAX_INPUT 4096
#define ROUNDS 64
/* Of an Assuan line, with its LF.  */
#define LINE_MAX_LEN CONTROL_LINELEN

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static char dir[64];
static struct config_s config;
static struct decide decide;
static struct clock_reading moment =
  { .wall = INT64_C (1800000000) * CLOCK_SECOND,
    .boot = INT64_C (5000) * CLOCK_SECOND };
static struct clock_source source;
static int ours[4], theirs[4];  /* posternd, verify, act, vouch.  */
static int listener;
static pid_t own;


static void
must (bool good)
{
  if (!good)
    abort ();
}


static void
read_moment (void *hook, struct clock_reading *r_reading)
{
  (void)hook;
  *r_reading = moment;
}


static int
remove_one (const char *path, const struct stat *st, int type,
            struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove (path);
}


static void
clear_up (void)
{
  if (getpid () == own)
    nftw (dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}


static struct sockaddr_un
place (void)
{
  struct sockaddr_un sun = { .sun_family = AF_UNIX };

  snprintf (sun.sun_path, sizeof sun.sun_path, "%s/control", dir);
  return sun;
}


static void
set_up (void)
{
  struct sockaddr_un sun;
  int i, sv[2];

  own = getpid ();
  signal (SIGPIPE, SIG_IGN);
  snprintf (dir, sizeof dir, "%s/fuzz-control-XXXXXX",
            access ("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
  must (mkdtemp (dir) && !atexit (clear_up) && !secret_init (65536));
  for (i = 0; i < 4; i++)
    {
      must (!socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sv));
      ours[i] = sv[0];
      theirs[i] = sv[1];
    }
  config.host = strdup ("web1");
  config.max_age = 120;
  config.max_ahead = 30;
  config.workers = 1;
  source.read = read_moment;
  {
    struct decide_places places = { .store = dir, .continuity = dir,
                                    .fd_parent = theirs[0],
                                    .fd_in = theirs[1], .fd_out = theirs[2],
                                    .fd_vouch = theirs[3] };

    must (!decide_open (&decide, &config, &source, &places));
  }
  sun = place ();
  listener = socket (AF_UNIX, SOCK_STREAM, 0);
  must (!bind (listener, (struct sockaddr *)&sun, sizeof sun)
        && !listen (listener, 8)
        && !control_new (&decide, listener, getuid (), &decide.control));
}


static gpg_error_t
on_list (void *hook, const struct message *msg)
{
  struct packet_listed end;

  (void)hook;
  memset (&end, 0, sizeof end);
  return packet_send_listed (ours[2], msg->id, &end);
}


static gpg_error_t
on_close (void *hook, const struct message *msg)
{
  static const struct packet_closed answers[] =
    { { 0, 2 }, { REFUSAL_NOTHING, 0 }, { REFUSAL_AMBIGUOUS, 0 } };
  struct packet_close close;

  (void)hook;
  must (!packet_read_close (msg, &close));
  return packet_send_closed (ours[2], msg->id, answers + msg->id % 3);
}


static gpg_error_t
on_reload (void *hook, const struct message *msg)
{
  struct packet_reloaded reloaded = { "" };

  (void)hook;
  if (msg->id % 2)
    snprintf (reloaded.message, sizeof reloaded.message, "posternd.conf:1");
  return packet_send_reloaded (ours[0], msg->id, &reloaded);
}


/* Answer what was asked of act and posternd; what else there may be waits
   until decide gives up on it.  */
static void
answer (void)
{
  static const struct packet_rule act[] =
    {
      PACKET_RULE (LIST, FROM_DECIDE, on_list),
      PACKET_RULE (CLOSE, FROM_DECIDE, on_close)
    };
  static const struct packet_rule parent[] =
    {
      PACKET_RULE (RELOAD, FROM_DECIDE, on_reload),
      PACKET_RULE (KEEP, FROM_DECIDE, on_reload)
    };
  int i;

  for (i = 0; i < ROUNDS; i++)
    if (gpg_err_code (packet_dispatch (ours[2], FROM_DECIDE, act, 2, NULL))
        == GPG_ERR_EAGAIN)
      break;
  for (i = 0; i < ROUNDS; i++)
    if (gpg_err_code (packet_dispatch (ours[0], FROM_DECIDE, parent, 2,
                                       NULL)) == GPG_ERR_EAGAIN)
      break;
}


/* One turn of the loop, as decide_main runs it.  */
static void
serve (void)
{
  struct pollfd fds[CONTROL_FDS];
  unsigned int n = control_prepare (decide.control, fds);
  int wait;

  must (poll (fds, n, 0) >= 0);
  control_turn (decide.control, fds, n);
  must (!decide_turn (&decide, false, &wait));
}


/* What is said is lines of Assuan.  */
static void
check_lines (const char *text, size_t len)
{
  const char *end;
  size_t n;

  for (; len; text += n, len -= n)
    {
      end = memchr (text, '\n', len);
      n = end ? (size_t)(end - text) + 1 : len;
      must (n <= LINE_MAX_LEN);
      must (!end || !strncmp (text, "OK", 2) || !strncmp (text, "ERR ", 4)
            || !strncmp (text, "D ", 2) || *text == '#');
    }
}


/* Take what is there; false at the end of the connection.  */
static bool
hear (int fd)
{
  static char text[1 << 20];
  size_t len = 0;
  ssize_t n;

  while ((n = read (fd, text + len, sizeof text - len)) > 0)
    len += (size_t)n;
  check_lines (text, len);
  return n < 0;
}


static void
talk (int fd, const uint8_t *data, size_t size, bool answers)
{
  size_t sent = 0;
  ssize_t n;
  int i;

  for (i = 0; i < ROUNDS; i++)
    {
      if (sent < size
          && (n = send (fd, data + sent, size - sent, MSG_DONTWAIT)) > 0)
        sent += (size_t)n;
      serve ();
      if (answers)
        answer ();
      if (!hear (fd) || (sent == size && !control_has_work (decide.control)
                         && !calls_count (decide.calls)))
        return;
    }
}


int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  struct sockaddr_un sun;
  int fd, i;

  if (!decide.control)
    set_up ();
  if (!size || size > MAX_INPUT)
    return 0;
  sun = place ();
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  must (fd >= 0 && !connect (fd, (struct sockaddr *)&sun, sizeof sun));
  serve ();
  must (hear (fd));             /* It greets.  */
  talk (fd, data + 1, size - 1, data[0] % 8);
  close (fd);
  /* All is let go of, whatever was waited for.  */
  for (i = 0; i < 3; i++)
    {
      moment.boot += 10 * CLOCK_SECOND;
      moment.wall += 10 * CLOCK_SECOND;
      serve ();
      answer ();
    }
  must (!calls_count (decide.calls));
  return 0;
}
