// The generated code is marked with this. Its library comes from Maven; the rest is in the generator.
package javax.annotation;

public @interface Generated {
  String value();
  String date() default "";
  String comments() default "";
}
