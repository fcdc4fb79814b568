/* control.c - The control socket: connections and lines.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * libassuan greets and answers.  It would wait for the rest of a line,
 * so we gather lines ourselves: half a line holds nobody up.  An answer
 * that nobody reads ends its connection after a moment.  Who waits for an
 * answer that needs act is not read from until it has come.  */

#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "../common/log.h"

struct control_s
{
  struct decide *decide;
  int listener;
  uid_t owner;
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
  return 0;
}


static void
hang_up (struct client *client)
{
  pending_forget (client->decide->pending, client);
  assuan_release (client->ctx);
  memset (client, 0, sizeof *client);
}


void
control_release (control_t control)
{
  size_t i;

  if (!control)
    return;
  for (i = 0; i < CONTROL_MAX; i++)
    if (control->client[i].ctx)
      hang_up (control->client + i);
  free (control);
}


static bool
may_connect (control_t control, int fd)
{
  struct ucred peer;
  socklen_t len = sizeof peer;

  return !getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)
    && len == sizeof peer && (!peer.uid || peer.uid == control->owner);
}


/* Reading does not wait, and writing not for long.  */
static gpg_error_t
set_timeout (int fd)
{
  static const struct timeval out = { 0, 250000 };

  return setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &out, sizeof out)
    ? gpg_error_from_syserror () : 0;
}


static gpg_error_t
greet (struct client *client, int fd)
{
  gpg_error_t err;

  err = set_timeout (fd);
  if (!err)
    err = assuan_new (&client->ctx);
  if (!err)
    err = assuan_init_socket_server (client->ctx, fd,
                                     ASSUAN_SOCKET_SERVER_ACCEPTED);
  if (err)
    {
      close (fd);
      assuan_release (client->ctx);
      client->ctx = NULL;
      return err;
    }
  client->fd = fd;
  assuan_set_hello_line (client->ctx, "Postern " PACKAGE_VERSION);
  return assuan_accept (client->ctx);
}


static void
accept_one (control_t control)
{
  struct client *client = NULL;
  gpg_error_t err;
  size_t i;
  int fd;

  fd = accept4 (control->listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0)
    return;
  for (i = 0; i < CONTROL_MAX; i++)
    if (!control->client[i].ctx)
      client = control->client + i;
  if (!client || !may_connect (control, fd))
    {
      close (fd);
      return;
    }
  client->decide = control->decide;
  err = greet (client, fd);
  if (err)
    {
      log_debug ("a control connection failed: %s", gpg_strerror (err));
      if (client->ctx)
        hang_up (client);
    }
}


gpg_error_t
control_send_line (void *hook, const char *json)
{
  struct client *client = hook;
  gpg_error_t err;

  err = assuan_send_data (client->ctx, json, strlen (json));
  if (!err)
    err = assuan_send_data (client->ctx, "\n", 1);
  return err;
}


gpg_error_t
control_send (struct client *client, json_t *object)
{
  gpg_error_t err;
  char *text = object ? json_dumps (object, JSON_COMPACT) : NULL;

  json_decref (object);
  if (!text)
    return gpg_error (GPG_ERR_ENOMEM);
  err = control_send_line (client, text);
  free (text);
  return err;
}


void
control_answer (struct client *client, gpg_error_t err, const char *why)
{
  char line[ASSUAN_LINELENGTH];
  gpg_error_t werr;

  client->later = false;
  werr = assuan_send_data (client->ctx, NULL, 0);
  if (!werr && !err)
    werr = assuan_write_line (client->ctx, "OK");
  else if (!werr)
    {
      snprintf (line, sizeof line - 2, "ERR %u %s", err,
                why ? why : gpg_strerror (err));
      werr = assuan_write_line (client->ctx, line);
    }
  if (werr)
    hang_up (client);
}


static void
help (struct client *client)
{
  const struct control_command *command;
  char line[ASSUAN_LINELENGTH];
  gpg_error_t err = 0;

  for (command = control_commands; !err && command->name; command++)
    {
      snprintf (line, sizeof line, "# %s %s", command->name, command->help);
      err = assuan_write_line (client->ctx, line);
    }
  control_answer (client, err, NULL);
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
        if (err || !client->later)
          control_answer (client, err, why);
        return;
      }
  control_answer (client, gpg_error (GPG_ERR_ASS_UNKNOWN_CMD),
                  "no such command; try HELP");
}


/* False if the connection is no more.  */
static bool
take_line (struct client *client, char *line)
{
  size_t len = strcspn (line, " ");
  char *args = line + len + strspn (line + len, " ");

  line[len] = 0;
  if (!*line || *line == '#')
    return true;
  if (!strcasecmp (line, "BYE"))
    {
      assuan_write_line (client->ctx, "OK closing connection");
      hang_up (client);
      return false;
    }
  if (!strcasecmp (line, "HELP"))
    help (client);
  else if (!strcasecmp (line, "NOP") || !strcasecmp (line, "RESET")
           || !strcasecmp (line, "OPTION"))
    control_answer (client, 0, NULL);   /* Of Assuan itself.  */
  else
    run_command (client, line, args);
  return client->ctx != NULL;
}


static bool
has_line (const struct client *client)
{
  return client->ctx && !client->later
    && memchr (client->line, '\n', client->len);
}


/* Take the whole lines that are there, as far as nothing is waited for.
   An LF or what fills the buffer without one is the end.  */
static void
take_lines (struct client *client)
{
  char line[ASSUAN_LINELENGTH], *end;
  size_t len;

  while (!client->later && (end = memchr (client->line, '\n', client->len)))
    {
      len = (size_t)(end - client->line);
      memcpy (line, client->line, len);
      line[len] = 0;
      client->len -= len + 1;
      memmove (client->line, end + 1, client->len);
      if (len && line[len - 1] == '\r')
        line[len - 1] = 0;
      if (!take_line (client, line))
        return;
    }
  if (client->len == sizeof client->line && !client->later)
    hang_up (client);
}


static void
hear_client (struct client *client)
{
  ssize_t n;

  n = recv (client->fd, client->line + client->len,
            sizeof client->line - client->len, MSG_DONTWAIT);
  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    {
      hang_up (client);
      return;
    }
  client->len += (size_t)n;
  take_lines (client);
}


unsigned int
control_prepare (control_t control, struct pollfd *fds)
{
  unsigned int i;

  fds[0] = (struct pollfd){ control->listener, POLLIN, 0 };
  for (i = 0; i < CONTROL_MAX; i++)
    {
      const struct client *client = control->client + i;

      /* Where the answer is not known yet, only the end is waited for.  */
      fds[i + 1] = (struct pollfd){ client->ctx ? client->fd : -1,
                                    client->later ? 0 : POLLIN, 0 };
    }
  return CONTROL_FDS;
}


bool
control_has_work (control_t control)
{
  unsigned int i;

  for (i = 0; i < CONTROL_MAX; i++)
    if (has_line (control->client + i))
      return true;
  return false;
}


void
control_turn (control_t control, const struct pollfd *fds, unsigned int n)
{
  struct client *client;
  unsigned int i;

  for (i = 1; i < n; i++)
    {
      client = control->client + i - 1;
      if (!client->ctx || client->fd != fds[i].fd)
        continue;
      if (client->later && (fds[i].revents & (POLLHUP | POLLERR)))
        hang_up (client);
      else if (!client->later && fds[i].revents)
        hear_client (client);
      else if (has_line (client))
        take_lines (client);
    }
  if (fds[0].revents)
    accept_one (control);
}
