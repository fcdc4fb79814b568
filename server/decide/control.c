/* control.c - The control socket: connections and lines.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * This is the server's side of Assuan.  libassuan would wait, for the rest
 * of a line and for whoever does not read, so lines are gathered and
 * answers queued here: half a line or a slow reader must hold nobody up.  A
 * connection whose answer needs act, or is longer than its queue, is not
 * read until the answer is complete.  */

#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define TURN_TIME 2000          /* Microseconds for long answers.  */

struct control_s
{
  struct decide *decide;
  int listener;
  uid_t owner;
  size_t queued;                /* Bytes, of all connections.  */
  unsigned int next;            /* Whose long answer goes on first.  */
  int held;                     /* A connection that waits for a slot, or -1;
                                   no other is accepted meanwhile.  */
  struct ucred held_peer;
  struct client client[CONTROL_MAX];
};


gpg_error_t
control_new (struct decide *decide, int listener, uid_t owner,
             control_t *r_control)
{
  control_t control = calloc (1, sizeof *control);

  *r_control = control;
  if (!control)
    return gpg_error (GPG_ERR_ENOMEM);
  control->decide = decide;
  control->listener = listener;
  control->owner = owner;
  control->held = -1;
  return 0;
}


static void
hang_up (struct client *client)
{
  calls_forget (client->decide->calls, client);
  control_drop_queue (client);
  close (client->fd);
  memset (client, 0, sizeof *client);
}


void
control_release (control_t control)
{
  size_t i;

  if (!control)
    return;
  for (i = 0; i < CONTROL_MAX; i++)
    if (control->client[i].used)
      hang_up (control->client + i);
  if (control->held >= 0)
    close (control->held);
  free (control);
}


static bool
may_connect (control_t control, int fd, struct ucred *r_peer)
{
  socklen_t len = sizeof *r_peer;

  return !getsockopt (fd, SOL_SOCKET, SO_PEERCRED, r_peer, &len)
    && len == sizeof *r_peer
    && (!r_peer->uid || r_peer->uid == control->owner);
}


static struct client *
find_free (control_t control)
{
  size_t i;

  for (i = 0; i < CONTROL_MAX; i++)
    if (!control->client[i].used)
      return control->client + i;
  return NULL;
}


/* Which connection gives way to a new one: the one whose last command came
   longest ago, and not just now.  So neither idle connections nor slow
   readers keep out an administrator who has to revoke somebody.  */
static struct client *
find_oldest (control_t control, const struct ucred *peer)
{
  int64_t now = control->decide->now.boot;
  struct client *client, *oldest = NULL;
  size_t i;

  for (i = 0; i < CONTROL_MAX; i++)
    {
      client = control->client + i;
      if (client->used && !client->later
          && (!peer || client->uid == peer->uid)
          && now - client->asked >= CONTROL_IDLE * (int64_t)CLOCK_SECOND
          && (!oldest || client->asked < oldest->asked))
        oldest = client;
    }
  return oldest;
}


static size_t
count_connections_of (control_t control, uid_t uid)
{
  size_t i, n = 0;

  for (i = 0; i < CONTROL_MAX; i++)
    n += control->client[i].used && control->client[i].uid == uid;
  return n;
}


static void
give_way (struct client *client)
{
  log_debug ("a control connection (process %ld) makes room for another",
             (long)client->pid);
  hang_up (client);
}


/* A slot for PEER; NULL: it has too many.  */
static struct client *
find_slot (control_t control, const struct ucred *peer)
{
  struct client *client, *oldest = NULL;

  if (count_connections_of (control, peer->uid) >= CONTROL_MAX_UID)
    {
      oldest = find_oldest (control, peer);
      if (!oldest)
        return NULL;
    }
  client = find_free (control);
  if (!client || oldest)
    {
      if (!oldest)
        oldest = find_oldest (control, NULL);
      if (!oldest)
        return NULL;
      give_way (oldest);
      client = oldest;
    }
  return client;
}


static void
greet (control_t control, struct client *client, int fd,
       const struct ucred *peer)
{
  client->used = true;
  client->decide = control->decide;
  client->queued = &control->queued;
  client->fd = fd;
  client->uid = peer->uid;
  client->pid = peer->pid;
  client->moved = client->asked = control->decide->now.boot;
  control_put_line (client, "OK Postern " PACKAGE_VERSION);
  control_flush (client);
}


/* A connection that cannot have a slot yet is held, not refused: it may be the
   one that has to revoke somebody.  */
static void
place_held (control_t control)
{
  struct client *client;

  if (control->held < 0)
    return;
  client = find_slot (control, &control->held_peer);
  if (!client)
    return;
  greet (control, client, control->held, &control->held_peer);
  control->held = -1;
}


static void
accept_one (control_t control)
{
  int fd;

  fd = accept4 (control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0)
    return;
  if (may_connect (control, fd, &control->held_peer))
    control->held = fd;
  else
    close (fd);
}


static void
send_help (struct client *client)
{
  const struct control_command *command;
  char line[CONTROL_LINELEN];

  for (command = control_commands; command->name; command++)
    {
      snprintf (line, sizeof line, "# %s %s", command->name, command->help);
      control_put_line (client, line);
    }
  control_answer (client, 0, NULL);
}


static void
run_command (struct client *client, const char *name, char *args)
{
  const struct control_command *command;
  const char *why = NULL;
  gpg_error_t err;

  for (command = control_commands; command->name; command++)
    if (!strcasecmp (command->name, name))
      {
        err = command->handler (client, args, &why);
        if (err || !(client->later || client->slice))
          control_answer (client, err, why);
        return;
      }
  control_answer (client, gpg_error (GPG_ERR_ASS_UNKNOWN_CMD),
                  "no such command; try HELP");
}


static void
take_command_line (struct client *client, char *line)
{
  size_t len = strcspn (line, " ");
  char *args = line + len + strspn (line + len, " ");

  line[len] = 0;
  if (!*line || *line == '#')
    return;
  client->asked = client->decide->now.boot;
  if (!strcasecmp (line, "BYE"))
    {
      control_put_line (client, "OK closing connection");
      control_flush (client);
      client->closing = true;
    }
  else if (!strcasecmp (line, "HELP"))
    send_help (client);
  else if (!strcasecmp (line, "NOP") || !strcasecmp (line, "RESET")
           || !strcasecmp (line, "OPTION"))
    control_answer (client, 0, NULL);   /* Of Assuan itself.  */
  else
    run_command (client, line, args);
}


/* Whether a command may come: none is being answered, and there is room for
   what comes of it.  */
static bool
is_ready (const struct client *client)
{
  return client->used && !client->later && !client->slice
    && !client->closing && !client->broken && control_has_room (client);
}


static bool
has_line (const struct client *client)
{
  return is_ready (client) && memchr (client->line, '\n', client->len);
}


/* Take the whole lines that are there, as far as nothing is waited for.
   What fills the buffer without an LF is the end.  */
static void
take_command_lines (struct client *client)
{
  char line[CONTROL_LINELEN], *end;
  size_t len;

  while (has_line (client))
    {
      end = memchr (client->line, '\n', client->len);
      len = (size_t)(end - client->line);
      memcpy (line, client->line, len);
      line[len] = 0;
      client->len -= len + 1;
      memmove (client->line, end + 1, client->len);
      if (len && line[len - 1] == '\r')
        line[len - 1] = 0;
      take_command_line (client, line);
    }
  if (client->len == sizeof client->line && is_ready (client))
    client->broken = gpg_error (GPG_ERR_LINE_TOO_LONG);
}


static void
hear_client (struct client *client)
{
  ssize_t n;

  n = recv (client->fd, client->line + client->len,
            sizeof client->line - client->len, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n < 0)
    client->broken = gpg_error_from_syserror ();
  else if (!n)
    client->closing = true;     /* What it asked is still answered.  */
  else
    {
      client->len += (size_t)n;
      take_command_lines (client);
    }
}


/* Whether the next part of an answer can be made now.  */
static bool
can_go_on (const struct client *client)
{
  return client->used && client->slice && !client->later && !client->broken
    && control_has_room (client);
}


unsigned int
control_prepare (control_t control, struct pollfd *fds)
{
  const struct client *client;
  unsigned int i;
  int events;

  fds[0] = (struct pollfd){ control->held < 0 ? control->listener : -1,
                            POLLIN, 0 };
  for (i = 0; i < CONTROL_MAX; i++)
    {
      client = control->client + i;
      /* Where the answer is not known yet, only the end is waited for.  */
      events = (is_ready (client) ? POLLIN : 0)
        | (client->queue.len ? POLLOUT : 0);
      fds[i + 1] = (struct pollfd){ client->used ? client->fd : -1,
                                    (short)events, 0 };
    }
  return CONTROL_FDS;
}


bool
control_has_work (control_t control)
{
  unsigned int i;

  for (i = 0; i < CONTROL_MAX; i++)
    if (has_line (control->client + i) || can_go_on (control->client + i))
      return true;
  return false;
}


static void
make_slice (struct client *client)
{
  const char *why = NULL;
  bool done;
  gpg_error_t err = client->slice (client, &done, &why);

  if (err || done)
    control_answer (client, err, why);
  else
    control_flush (client);
}


/* Go on with the long answers in turn, for a moment.  */
static void
make_slices (control_t control)
{
  uint64_t since = ticks_us ();
  struct client *client;
  unsigned int i;

  for (i = 0; i < CONTROL_MAX && ticks_us () - since < TURN_TIME; i++)
    {
      client = control->client + control->next;
      control->next = (control->next + 1) % CONTROL_MAX;
      if (can_go_on (client))
        make_slice (client);
    }
}


/* A reader that takes nothing for a long time is given up.  One that takes
   little leaves room that poll does not report.  */
static void
check_reader (struct client *client)
{
  int64_t now = client->decide->now.boot;
  int64_t since = now - CONTROL_STALL * (int64_t)CLOCK_SECOND;

  if (client->queue.len && client->moved <= since)
    control_flush (client);
  if (!client->queue.len)
    client->moved = now;
  else if (client->moved <= since && !client->broken)
    {
      log_warn ("control socket: process %ld has read nothing of its answer"
                " for %d seconds; its connection is closed",
                (long)client->pid, CONTROL_STALL);
      client->broken = gpg_error (GPG_ERR_TIMEOUT);
    }
}


static void
serve_client (struct client *client, int revents)
{
  if (revents & POLLOUT)
    control_flush (client);
  if (has_line (client))
    take_command_lines (client);
  else if (is_ready (client) && (revents & POLLIN))
    hear_client (client);
  else if (revents & (POLLHUP | POLLERR))
    client->broken = gpg_error (GPG_ERR_EPIPE);
}


void
control_turn (control_t control, const struct pollfd *fds, unsigned int n)
{
  struct client *client;
  unsigned int i;

  for (i = 1; i < n; i++)
    {
      client = control->client + i - 1;
      if (client->used && client->fd == fds[i].fd)
        serve_client (client, fds[i].revents);
    }
  make_slices (control);
  for (i = 0; i < CONTROL_MAX; i++)
    {
      client = control->client + i;
      if (!client->used)
        continue;
      check_reader (client);
      if (client->broken || (client->closing && !client->slice
                             && !client->later && !client->queue.len))
        hang_up (client);
    }
  if (fds[0].revents)
    accept_one (control);
  place_held (control);
}
