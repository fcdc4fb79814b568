/* console.c - Talking to a running posternd over its control socket.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "console.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <assuan.h>

#define RELOAD_WAIT 10000       /* Milliseconds.  */
#define RELOAD_STEP 50

struct console_s
{
  assuan_context_t ctx;
  char *runtime;
  char why[512];
};

/* Data comes in chunks that know no lines: they are joined here.  */
struct answer
{
  console_t console;
  console_line_t line;
  void *hook;
  char *buf;
  size_t len;
  size_t size;
};


gpg_error_t
console_open (const char *runtime, console_t *r_console)
{
  gpg_error_t err;
  console_t console;
  char *path = NULL;

  *r_console = NULL;
  console = calloc (1, sizeof *console);
  if (!console)
    return gpg_error_from_syserror ();
  console->runtime = strdup (runtime);
  path = gpgrt_bsprintf ("%s/control", runtime);
  if (!path || !console->runtime)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = assuan_new (&console->ctx);
  if (!err)
    err = assuan_socket_connect (console->ctx, path, ASSUAN_INVALID_PID, 0);
  /* Assuan does not say why it cannot.  */
  if (gpg_err_code (err) == GPG_ERR_ASS_CONNECT_FAILED
      && access (path, W_OK) && errno == EACCES)
    err = gpg_error (GPG_ERR_EACCES);
  if (gpg_err_code (err) == GPG_ERR_ASS_CONNECT_FAILED
      || gpg_err_code (err) == GPG_ERR_ENOENT
      || gpg_err_code (err) == GPG_ERR_ECONNREFUSED)
    err = gpg_error (GPG_ERR_NOT_FOUND);

 leave:
  gpgrt_free (path);
  if (err)
    console_close (console);
  else
    *r_console = console;
  return err;
}


void
console_close (console_t console)
{
  if (!console)
    return;
  assuan_release (console->ctx);
  free (console->runtime);
  free (console);
}


static gpg_error_t
hand_lines (struct answer *answer)
{
  gpg_error_t err = 0;
  char *start = answer->buf, *end;

  while (!err && (end = memchr (start, '\n',
                                answer->len - (size_t)(start - answer->buf))))
    {
      *end = 0;
      if (answer->line)
        err = answer->line (answer->hook, start);
      start = end + 1;
    }
  answer->len -= (size_t)(start - answer->buf);
  memmove (answer->buf, start, answer->len);
  return err;
}


static gpg_error_t
take_data (struct answer *answer, const void *data, size_t len)
{
  if (len > answer->size - answer->len)
    {
      size_t size = (answer->len + len) * 2;
      char *buf = realloc (answer->buf, size);

      if (!buf)
        return gpg_error_from_syserror ();
      answer->buf = buf;
      answer->size = size;
    }
  memcpy (answer->buf + answer->len, data, len);
  answer->len += len;
  return hand_lines (answer);
}


/* The words behind the number of an ERR line.  */
static gpg_error_t
take_error (console_t console, const char *line)
{
  gpg_error_t err = (gpg_error_t)strtoul (line, NULL, 10);

  line += strspn (line, "0123456789");
  line += strspn (line, " ");
  gpgrt_snprintf (console->why, sizeof console->why, "%s", line);
  return err ? err : gpg_error (GPG_ERR_ASS_INV_RESPONSE);
}


/* libassuan has undone the escaping of data lines.  */
static gpg_error_t
read_answer (struct answer *answer)
{
  gpg_error_t err;
  assuan_context_t ctx = answer->console->ctx;
  assuan_response_t response;
  char *line;
  int len, off;

  for (;;)
    {
      err = assuan_client_read_response (ctx, &line, &len);
      if (!err)
        err = assuan_client_parse_response (ctx, line, len, &response, &off);
      if (err)
        return err;
      line += off;
      len -= off;
      switch (response)
        {
        case ASSUAN_RESPONSE_OK:
          return 0;
        case ASSUAN_RESPONSE_ERROR:
          return take_error (answer->console, line);
        case ASSUAN_RESPONSE_DATA:
          err = take_data (answer, line, (size_t)len);
          break;
        case ASSUAN_RESPONSE_STATUS:
        case ASSUAN_RESPONSE_COMMENT:
          break;
        default:
          return gpg_error (GPG_ERR_ASS_INV_RESPONSE);
        }
      if (err)
        return err;
    }
}


gpg_error_t
console_ask (console_t console, const char *command, console_line_t line,
             void *hook, const char **r_why)
{
  gpg_error_t err;
  struct answer answer = { console, line, hook, NULL, 0, 0 };

  if (r_why)
    *r_why = NULL;
  *console->why = 0;
  err = assuan_write_line (console->ctx, command);
  if (!err)
    err = read_answer (&answer);
  free (answer.buf);
  if (r_why && *console->why)
    *r_why = console->why;
  return err;
}


/* The next process answers when it is ready, and that all of posternd is
   when the last role goes by the new configuration.  */
static gpg_error_t
open_next (const char *runtime, console_t *r_console)
{
  gpg_error_t err = 0;
  int i;

  for (i = 0; i < RELOAD_WAIT / RELOAD_STEP; i++)
    {
      err = console_open (runtime, r_console);
      if (!err)
        err = console_ask (*r_console, "SETTLED", NULL, NULL, NULL);
      if (!err)
        return 0;
      console_close (*r_console);
      *r_console = NULL;
      poll (NULL, 0, RELOAD_STEP);
    }
  return err;
}


gpg_error_t
console_reload (console_t *console, const char **r_why)
{
  gpg_error_t err;
  struct pollfd pfd = { -1, POLLIN, 0 };
  assuan_fd_t fds[2];           /* The least that libassuan takes.  */
  char *runtime;

  err = console_ask (*console, "RELOAD", NULL, NULL, r_why);
  if (err)
    return err;
  if (assuan_get_active_fds ((*console)->ctx, 0, fds, 2) > 0)
    pfd.fd = fds[0];
  /* Nothing is asked, so what comes is the end.  */
  if (poll (&pfd, 1, RELOAD_WAIT) <= 0)
    err = gpg_error (GPG_ERR_TIMEOUT);
  runtime = (*console)->runtime;
  (*console)->runtime = NULL;
  console_close (*console);
  *console = NULL;
  if (!err)
    err = open_next (runtime, console);
  free (runtime);
  return err;
}
