/* console.c - Talking to a running posternd over its control socket.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "console.h"

#include <ctype.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "await.h"
#include "console-wire.h"
#include "ticks.h"

#define NO_WAIT_MS 1
#define WAIT_MS 10000           /* For the next byte.  */
#define SEARCH_WAIT_MS 60000    /* If the whole audit may be searched.  */
#define RELOAD_WAIT_MS 10000
#define RELOAD_STEP_MS 50

struct console_s
{
  struct console_wire wire;
  char *runtime;
  char why[512];
};

/* Data lines of Assuan split the text anywhere: its own lines are put
   together here.  */
struct answer
{
  console_t console;
  console_line_t line;
  void *hook;
  char *buf;
  size_t len;
  size_t size;
};


/* A server that accepts the connection and closes it is about to end.  */
static gpg_error_t
take_greeting (console_t console)
{
  char *line;
  gpg_error_t err = console_wire_read (&console->wire, WAIT_MS, &line);

  if (err)
    return gpg_err_code (err) == GPG_ERR_TIMEOUT ? err
      : gpg_error (GPG_ERR_NOT_FOUND);
  return !strncmp (line, "OK", 2) && (!line[2] || line[2] == ' ') ? 0
    : gpg_error (GPG_ERR_ASS_INV_RESPONSE);
}


static gpg_error_t
dial_console (const char *runtime, unsigned int wait_ms, console_t *r_console)
{
  gpg_error_t err;
  console_t console;
  char *path = NULL;

  *r_console = NULL;
  console = calloc (1, sizeof *console);
  if (!console)
    return gpg_error_from_syserror ();
  console->wire.fd = -1;
  console->runtime = strdup (runtime);
  path = gpgrt_bsprintf ("%s/control", runtime);
  if (!path || !console->runtime)
    {
      err = gpg_error_from_syserror ();
      goto leave;
    }
  err = console_wire_connect (path, wait_ms, &console->wire);
  if (gpg_err_code (err) == GPG_ERR_ENOENT
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


gpg_error_t
console_open (const char *runtime, console_t *r_console)
{
  console_t console;
  gpg_error_t err = dial_console (runtime, WAIT_MS, &console);

  *r_console = NULL;
  if (!err)
    err = take_greeting (console);
  if (err)
    console_close (console);
  else
    *r_console = console;
  return err;
}


gpg_error_t
console_post (const char *runtime, const char *command, console_t *r_console)
{
  console_t console;
  gpg_error_t err = dial_console (runtime, NO_WAIT_MS, &console);

  *r_console = NULL;
  if (!err)
    err = console_wire_send (&console->wire, NO_WAIT_MS, command);
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
  console_wire_close (&console->wire);
  free (console->runtime);
  free (console);
}


const char *
console_why (gpg_error_t err)
{
  return gpg_err_code (err) == GPG_ERR_TIMEOUT
    ? "posternd does not answer; it may be stopped, or the machine very busy"
    : gpg_strerror (err);
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
take_data_chunk (struct answer *answer, const void *data, size_t len)
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


/* Keep the text after the number of an ERR line; the number is the
   result.  */
static gpg_error_t
take_error (console_t console, const char *line)
{
  gpg_error_t err = (gpg_error_t)strtoul (line, NULL, 10);

  line += strspn (line, "0123456789");
  line += strspn (line, " ");
  gpgrt_snprintf (console->why, sizeof console->why, "%s", line);
  return err ? err : gpg_error (GPG_ERR_ASS_INV_RESPONSE);
}


/* Undo the percent escapes of a data line in place; *R_LEN is the length
   of the result.  */
static gpg_error_t
unescape_data (char *line, size_t *r_len)
{
  char digits[3] = "", *to = line;
  const char *from;

  for (from = line; *from; from++)
    {
      if (*from == '%')
        {
          if (!isxdigit ((unsigned char)from[1])
              || !isxdigit ((unsigned char)from[2]))
            return gpg_error (GPG_ERR_ASS_INV_RESPONSE);
          memcpy (digits, from + 1, 2);
          *to++ = (char)strtoul (digits, NULL, 16);
          from += 2;
        }
      else
        *to++ = *from;
    }
  *r_len = (size_t)(to - line);
  return 0;
}


/* True if LINE is WORD, alone or followed by a space.  */
static bool
begins_with_word (const char *line, const char *word)
{
  size_t len = strlen (word);

  return !strncmp (line, word, len) && (!line[len] || line[len] == ' ');
}


static gpg_error_t
read_answer (struct answer *answer, unsigned int wait_ms)
{
  gpg_error_t err;
  size_t len;
  char *line;

  for (;;)
    {
      err = console_wire_read (&answer->console->wire, wait_ms, &line);
      if (err || begins_with_word (line, "OK"))
        return err;
      if (begins_with_word (line, "ERR"))
        return take_error (answer->console, line + 3 + !!line[3]);
      if (*line == 'D' && line[1] == ' ')
        {
          err = unescape_data (line + 2, &len);
          if (!err)
            err = take_data_chunk (answer, line + 2, len);
        }
      else if (!begins_with_word (line, "S") && *line != '#')
        err = gpg_error (GPG_ERR_ASS_INV_RESPONSE);
      if (err)
        return err;
    }
}


/* A search of everything that was kept may find nothing for a long time.  */
static unsigned int
choose_wait (const char *command)
{
  return begins_with_word (command, "AUDIT")
         || begins_with_word (command, "CHAIN")
    ? SEARCH_WAIT_MS : WAIT_MS;
}


gpg_error_t
console_ask (console_t console, const char *command, console_line_t line,
             void *hook, const char **r_why)
{
  gpg_error_t err;
  struct answer answer = { console, line, hook, NULL, 0, 0 };
  unsigned int wait_ms = choose_wait (command);

  if (r_why)
    *r_why = NULL;
  *console->why = 0;
  err = console_wire_send (&console->wire, wait_ms, command);
  if (!err)
    err = read_answer (&answer, wait_ms);
  free (answer.buf);
  if (gpg_err_code (err) == GPG_ERR_TIMEOUT && !*console->why)
    gpgrt_snprintf (console->why, sizeof console->why, "%s",
                    console_why (err));
  if (r_why && *console->why)
    *r_why = console->why;
  return err;
}


/* After a reload the next process answers as soon as it is ready itself;
   SETTLED is answered once every role follows.  */
gpg_error_t
console_settle (const char *runtime, console_t *r_console)
{
  gpg_error_t err;
  uint64_t end_ms = ticks_ms () + RELOAD_WAIT_MS;

  *r_console = NULL;
  for (;;)
    {
      err = console_open (runtime, r_console);
      if (!err)
        err = console_ask (*r_console, "SETTLED", NULL, NULL, NULL);
      if (!err)
        return 0;
      console_close (*r_console);
      *r_console = NULL;
      if (ticks_ms () >= end_ms)
        return err;
      poll (NULL, 0, RELOAD_STEP_MS);
    }
}


gpg_error_t
console_reload (console_t *console, const char **r_why)
{
  gpg_error_t err;
  char *runtime;

  err = console_ask (*console, "RELOAD", NULL, NULL, r_why);
  if (err)
    return err;
  /* Nothing was asked, so the only thing to come is the end of file.  */
  err = await_fd ((*console)->wire.fd, POLLIN, ticks_ms () + RELOAD_WAIT_MS);
  runtime = (*console)->runtime;
  (*console)->runtime = NULL;
  console_close (*console);
  *console = NULL;
  if (!err)
    err = console_settle (runtime, console);
  free (runtime);
  return err;
}
