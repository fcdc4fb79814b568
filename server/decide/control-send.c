/* control-send.c - The control socket: what goes out.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nobody who reads slowly, or not at all, holds decide up: what the kernel
 * does not take at once is queued.  The queue is bounded, for one
 * connection and for all; whoever makes a long answer stops when there is
 * no room, and goes on when the reader has taken some of it.  */

#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Of one send.  The kernel has room again when a reader has taken one of
   these, so a slow one is seen to take something.  */
#define CHUNK 8192


static void
break_off (struct client *client, gpg_error_t err)
{
  if (!client->broken)
    client->broken = err;
}


/* Room for LEN more bytes.  */
static gpg_error_t
make_queue_room (struct client *client, size_t len)
{
  struct control_queue *queue = &client->queue;
  size_t size = queue->size ? queue->size : 4096;
  char *data;

  if (len > CONTROL_QUEUE_MOST - queue->len
      || *client->queued > CONTROL_QUEUED_MOST - len)
    return gpg_error (GPG_ERR_TOO_LARGE);
  if (queue->start && queue->start + queue->len + len > queue->size)
    {
      memmove (queue->data, queue->data + queue->start, queue->len);
      queue->start = 0;
    }
  while (size < queue->len + len)
    size *= 2;
  if (size == queue->size)
    return 0;
  data = realloc (queue->data, size);
  if (!data)
    return gpg_error_from_syserror ();
  queue->data = data;
  queue->size = size;
  return 0;
}


static void
queue_bytes (struct client *client, const char *data, size_t len)
{
  struct control_queue *queue = &client->queue;
  gpg_error_t err = make_queue_room (client, len);

  if (err)
    break_off (client, err);
  if (client->broken)
    return;
  memcpy (queue->data + queue->start + queue->len, data, len);
  queue->len += len;
  *client->queued += len;
}


void
control_put_line (struct client *client, const char *text)
{
  char line[CONTROL_LINELEN];
  int n = snprintf (line, sizeof line - 1, "%s", text);
  size_t len = n < 0 ? 0 : (size_t)n;

  if (len > sizeof line - 2)
    len = sizeof line - 2;
  line[len++] = '\n';
  queue_bytes (client, line, len);
}


/* Lines of data, escaped as Assuan has it.  */
static void
put_data (struct client *client, const char *text)
{
  static const char hex[] = "0123456789ABCDEF";
  char line[CONTROL_LINELEN] = "D ";
  size_t len = 2;

  for (; *text; text++)
    {
      unsigned char c = (unsigned char)*text;

      if (len + 4 > sizeof line)
        {
          line[len++] = '\n';
          queue_bytes (client, line, len);
          len = 2;
        }
      if (c != '%' && c != '\r' && c != '\n')
        line[len++] = *text;
      else
        {
          line[len++] = '%';
          line[len++] = hex[c >> 4];
          line[len++] = hex[c & 15];
        }
    }
  line[len++] = '\n';
  queue_bytes (client, line, len);
}


gpg_error_t
control_send_line (void *hook, const char *json)
{
  struct client *client = hook;
  size_t len = strlen (json);
  char *text = malloc (len + 2);

  if (!text)
    return gpg_error_from_syserror ();
  memcpy (text, json, len);
  memcpy (text + len, "\n", 2);
  put_data (client, text);
  free (text);
  return client->broken;
}


bool
control_has_room (const struct client *client)
{
  return client->queue.len < CONTROL_QUEUE;
}


gpg_error_t
control_slice_line (void *hook, const char *json)
{
  gpg_error_t err = control_send_line (hook, json);

  return !err && !control_has_room (hook) ? gpg_error (GPG_ERR_EAGAIN) : err;
}


gpg_error_t
control_send (struct client *client, json_t *object)
{
  gpg_error_t err;
  char *text = object ? json_dumps (object, JSON_COMPACT
                                    | JSON_ENSURE_ASCII) : NULL;

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
  char line[CONTROL_LINELEN];

  client->later = false;
  client->slice = NULL;
  if (err)
    snprintf (line, sizeof line, "ERR %u %s", err,
              why ? why : gpg_strerror (err));
  control_put_line (client, err ? line : "OK");
  control_flush (client);
}


void
control_flush (struct client *client)
{
  struct control_queue *queue = &client->queue;
  size_t len;
  ssize_t n;

  while (queue->len && !client->broken)
    {
      len = queue->len < CHUNK ? queue->len : CHUNK;
      n = send (client->fd, queue->data + queue->start, len,
                MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && errno != EAGAIN)
        break_off (client, gpg_error_from_syserror ());
      if (n <= 0)
        return;
      queue->start += (size_t)n;
      queue->len -= (size_t)n;
      *client->queued -= (size_t)n;
      client->moved = client->decide->now.boot;
    }
  if (!queue->len)
    control_drop_queue (client);
}


void
control_drop_queue (struct client *client)
{
  *client->queued -= client->queue.len;
  free (client->queue.data);
  memset (&client->queue, 0, sizeof client->queue);
}


gpg_error_t
control_ask (struct client *client, int fd, enum packet_type type,
             const void *body, calls_done_t done, const char **r_why)
{
  struct decide *decide = client->decide;
  gpg_error_t err = calls_ask (decide->calls, fd, type,
                               decide_new_id (decide), body,
                               decide->now.boot + CALLS_TIME_US, done,
                               client);

  client->later = !err;
  if (err)
    *r_why = "the process that could answer cannot be asked";
  return err;
}
