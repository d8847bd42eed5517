// The generated code imports this and does not use it, because no request of ours has files.
package org.apache.http.entity.mime;

public class MultipartEntityBuilder {}
