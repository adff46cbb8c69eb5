<?php
// Prints the body; on the error output, the content coding that it came in.
[, $url, $authorization] = $argv;
$asked = curl_init($url);
$coding = "";
curl_setopt_array($asked, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_FAILONERROR => true,
    CURLOPT_ENCODING => "", // whatever this curl unpacks
    CURLOPT_HTTPHEADER => ["Authorization: $authorization"],
    CURLOPT_HEADERFUNCTION => function ($asked, $line) use (&$coding) {
        if (preg_match('/^content-encoding: *(\S+)/i', $line, $found)) {
            $coding = $found[1];
        }
        return strlen($line);
    },
]);
$body = curl_exec($asked);
if ($body === false) {
    fwrite(STDERR, curl_error($asked));
    exit(1);
}
fwrite(STDERR, $coding);
echo $body;
